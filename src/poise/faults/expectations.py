"""How often each sign shows when nothing but its own cause would make it: what every fault begins from and then changes."""

from collections.abc import Mapping

# Not zero: probes miss, counters jump, and real incidents drag strangers along. Harm to clients is usual, for somebody looked.
QUIET: Mapping[str, float] = {
    "weights": 0.015,
    "file weights": 0.02,
    "shares": 0.06,
    "unexplained shares": 0.08,
    "hash pins": 0.015,
    "maintenance": 0.015,
    "servers down": 0.015,
    "pool down": 0.015,
    "checks refused": 0.02,
    "connection errors": 0.03,
    "pool queue": 0.03,
    "server limit": 0.015,
    "limit lowered": 0.015,
    "server errors": 0.03,
    "errors everywhere": 0.10,
    "one saturated": 0.025,
    "all saturated": 0.025,
    "own time one": 0.03,
    "own time all": 0.02,
    "database time": 0.035,
    "lock waits": 0.02,
    "statement time": 0.025,
    "active sessions": 0.04,
    "connections": 0.015,
    "database errors": 0.03,
    "time before the database": 0.03,
    "time before the application": 0.035,
    "time before the load balancer": 0.035,
    "client errors": 0.6,
    "client latency": 0.75,
    "demand": 0.03,
    "above peak": 0.02,
    "sessions": 0.02,
    "accept queue": 0.025,
    "load balancer silent": 0.015,
    "clients cut off": 0.1,
    "clients refused": 0.02,
    "nothing arrives": 0.02,
    "retries": 0.03,
    "time limit": 0.015,
    "unreached": 0.02,
    "applications silent": 0.02,
    "health flaps": 0.02,
    "tls to servers": 0.3,
    "attempts": 0.03,
    "crowded by weight": 0.02,
    "unseen failures": 0.05,
    "arrivals as ever": 0.35,
    "several err": 0.06,
    "turned away": 0.015,
    "pool limit": 0.02,
    "narrow limit": 0.03,
    "pool refuses": 0.02,
    "pool limit lowered": 0.015,
    "connections fell": 0.03,
    "waits with free slots": 0.03,
    "silent and erring": 0.015,
    "clients disagree": 0.07,
    "late by timeouts": 0.15,
    "failures at reloads": 0.04,
    "reloads often": 0.03,
    "names resolved": 0.2,
    "address moved": 0.02,
    "few out": 0.06,
    "restarts in turn": 0.04,
    "moved between pools": 0.02,
    "process busy": 0.03,
    "certificate ended": 0.015,
    "answers cut": 0.08,
    "queue cut": 0.06,
    "nobody found": 0.08,
} | {
    f"{side} {what}": rate
    for side in ("servers", "database", "client")
    for what, rate in (
        ("ping", 0.025),
        ("steady delay", 0.015),
        ("connect", 0.025),
        ("losses", 0.02),
        ("failures", 0.02),
        ("direct ping", 0.03),
    )
}


def expecting(**changed: float) -> Mapping[str, float]:
    """QUIET with these signs changed; `lock_waits=0.97` names the sign "lock waits". Raises KeyError for a sign that does not exist."""
    named = {name.replace("_", " "): rate for name, rate in changed.items()}
    for name in named:
        QUIET[name]  # a misspelt sign would be weighed never, and nobody would see it
    return {**QUIET, **named}
