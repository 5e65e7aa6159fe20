"""Rules about two layers of load balancing, one behind the other. Pure."""
