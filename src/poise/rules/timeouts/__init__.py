"""Rules about how long things may wait. Pure."""
