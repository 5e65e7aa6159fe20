"""Rules about hashes that should keep clients and keys on their server. Pure."""
