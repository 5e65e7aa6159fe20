"""One detector, one file. Pure."""
