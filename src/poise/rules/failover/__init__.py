"""Rules about priorities and panic. Pure."""
