"""Rules about what the version in use does not have. Pure."""
