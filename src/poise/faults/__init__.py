"""One known way to fail, one file. Pure."""
