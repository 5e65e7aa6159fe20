"""For those who stay with Prometheus: rules, their unit tests, a Grafana dashboard, Alertmanager's routes. Pure."""
