"""Rules about who can see or change the load balancer. Pure."""
