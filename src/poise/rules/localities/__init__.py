"""Rules about zones and regions. Pure."""
