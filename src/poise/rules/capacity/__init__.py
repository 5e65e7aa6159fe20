"""Rules about how much a pool can carry. Pure."""
