"""Reads a postmortem that somebody else wrote, and finds what contradicts in it and what is missing. Pure."""
