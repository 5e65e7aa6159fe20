"""A discrete-event simulation of a load-balanced pool: hundreds of independent replicas, stepped together."""
