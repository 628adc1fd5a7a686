"""A HelloID tenant in a box. Shares no code with the client, so that it can disagree."""
