"""One rule, one file: rules/<theme>/<name>.py. Pure."""
