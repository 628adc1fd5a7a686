"""The words: frozen values that every other package speaks in. Imports nothing of ours but itself."""
