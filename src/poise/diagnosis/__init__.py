"""Evidence from samples and changes; ranking; the next best check. Pure."""
