"""The loop that survives being killed: write down, do, write down."""
