"""Rules about the way of requests to a pool. Pure."""
