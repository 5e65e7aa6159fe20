"""What was measured, kept on disk as chunks of columns in three tiers. I/O but for `codec` and `merge`."""
