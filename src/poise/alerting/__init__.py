"""The life of an alert: pending, firing, resolved, no-data. Pure."""
