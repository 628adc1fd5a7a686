"""HTTP. The HelloID API: client, snapshot, carrying out one change."""
