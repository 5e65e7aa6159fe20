"""Rules about how a pool's traffic is split. Pure."""
