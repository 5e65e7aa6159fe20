"""Rules about how a dead server is noticed. Pure."""
