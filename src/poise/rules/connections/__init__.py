"""Rules about connections to servers: kept open, opened anew, switched to another protocol. Pure."""
