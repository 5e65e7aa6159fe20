"""A load balancer's own documentation, from its files: what it is for, how it splits and why, what is decided. Pure."""
