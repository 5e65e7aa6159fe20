"""Rules about what a reload or restart brings. Pure."""
