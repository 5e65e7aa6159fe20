"""Rules about what a change of a configuration does. Pure."""
