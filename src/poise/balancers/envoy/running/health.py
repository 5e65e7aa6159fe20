"""What took an endpoint out of the traffic, by the flags that `/clusters` tells. Pure.

The flags are those of HostDescription in Envoy (envoy/upstream/upstream.h, 1.40); `healthy` stands for none of them.
"""

from collections.abc import Mapping

# The flags that make a host unfit for traffic as long as enough others are fit; draining is told apart, as it is meant.
UNFIT = frozenset(("failed_active_hc", "failed_outlier_check", "failed_eds_health"))
DRAIN = "eds_status_draining"
METRICS: Mapping[str, tuple[str, ...]] = {
    "health_failed": ("failed_active_hc",),
    "check_timeout": ("active_hc_timeout",),
    "check_pending": ("pending_active_hc",),
    "ejected": ("failed_outlier_check",),
    "declared_unhealthy": ("failed_eds_health",),
    "degraded": ("degraded_active_hc", "degraded_eds_health", "degraded_outlier_detection"),
    "drain": (DRAIN,),
    "excluded": ("excluded_via_immediate_hc_fail",),
    "removing": ("pending_dynamic_removal",),
}


def flags(text: str) -> frozenset[str]:
    """`/failed_active_hc/active_hc_timeout` as words; none for `healthy`."""
    return frozenset() if text == "healthy" else frozenset(word for word in text.split("/") if word)


def figures(found: frozenset[str]) -> dict[str, float]:
    """`up`, and each reason by itself."""
    values = {metric: float(any(flag in found for flag in named)) for metric, named in METRICS.items()}
    return {"up": float(not found & UNFIT), **values}
