"""Rules about keeping a client on its server. Pure."""
