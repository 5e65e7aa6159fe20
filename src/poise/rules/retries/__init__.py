"""Rules about what happens after a failed attempt. Pure."""
