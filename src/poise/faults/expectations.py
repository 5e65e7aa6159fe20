"""How often each sign shows when nothing but its own cause would make it: what every fault begins from and then changes."""

from collections.abc import Mapping

# Not zero: probes miss, counters jump, and real incidents drag strangers along. Harm to clients is usual, for somebody looked.
QUIET: Mapping[str, float] = {
    "weights": 0.03,
    "file weights": 0.04,
    "shares": 0.06,
    "unexplained shares": 0.08,
    "hash pins": 0.03,
    "maintenance": 0.03,
    "servers down": 0.03,
    "pool down": 0.02,
    "connection errors": 0.06,
    "pool queue": 0.06,
    "server limit": 0.03,
    "limit lowered": 0.03,
    "server errors": 0.06,
    "errors everywhere": 0.10,
    "one saturated": 0.05,
    "all saturated": 0.05,
    "own time one": 0.06,
    "own time all": 0.04,
    "database time": 0.07,
    "lock waits": 0.04,
    "statement time": 0.05,
    "active sessions": 0.08,
    "connections": 0.03,
    "database errors": 0.06,
    "time before the database": 0.06,
    "time before the application": 0.07,
    "time before the load balancer": 0.07,
    "client errors": 0.6,
    "client latency": 0.75,
    "demand": 0.06,
    "above peak": 0.04,
    "sessions": 0.04,
    "accept queue": 0.05,
} | {
    f"{side} {what}": rate
    for side in ("servers", "database", "client")
    for what, rate in (
        ("ping", 0.05),
        ("steady delay", 0.03),
        ("connect", 0.05),
        ("losses", 0.04),
        ("failures", 0.04),
        ("direct ping", 0.06),
    )
}


def expecting(**changed: float) -> Mapping[str, float]:
    """QUIET with these signs changed; `lock_waits=0.97` names the sign "lock waits". Raises KeyError for a sign that does not exist."""
    named = {name.replace("_", " "): rate for name, rate in changed.items()}
    for name in named:
        QUIET[name]  # a misspelt sign would be weighed never, and nobody would see it
    return {**QUIET, **named}
