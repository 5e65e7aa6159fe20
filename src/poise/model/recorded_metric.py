"""Names of metrics as recordings have them: there every time is in milliseconds and its name ends in `_ms`. Pure."""

# What is kept in seconds while it runs; everything else that is a time is in milliseconds there too.
IN_SECONDS = frozenset(
    (
        *("uptime_seconds", "interval_seconds", "file_newer_seconds"),
        *("discovery_age_seconds", "discovery_failing_seconds", "routes_discovery_failing_seconds"),
    )
)


def to_recording(metric: str) -> tuple[str, float]:
    """The metric's name in a recording, and what its values are multiplied by."""
    return (f"{metric.removesuffix('_seconds')}_ms", 1000.0) if metric.endswith("_seconds") else (metric, 1.0)


def from_recording(metric: str) -> tuple[str, float]:
    """The name as poise has it, and what the values are multiplied by; recordings with `_seconds`, older ones and other people's, count."""
    if metric.endswith("_ms") and (own := f"{metric.removesuffix('_ms')}_seconds") in IN_SECONDS:
        return own, 0.001
    if metric.endswith("_seconds") and metric not in IN_SECONDS:
        return f"{metric.removesuffix('_seconds')}_ms", 1000.0
    return metric, 1.0
