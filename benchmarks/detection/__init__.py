"""How soon a fault of a real load balancer becomes an alert, and whether the alert says it."""
