"""A layer's own figures in a few words: what somebody would ask its team for. Pure.

Each takes by kind of component the newest values by `component\\0metric`, and gives None where none of them was measured.
"""

from collections.abc import Mapping
from statistics import median

from poise.incidents.figures import percent

Found = Mapping[str, Mapping[str, float]]


def clients(found: Found) -> str | None:
    """99.9 % succeed, p50 77 ms, p99 160 ms, 80 requests/s."""
    said = []
    success, rate = _all(found, "client", "success_ratio"), _all(found, "client", "requests_per_second")
    said += [f"{percent(min(success))} succeed"] if success else []
    said += [f"{name} {ms(max(values))}" for name in ("p50", "p99") if (values := _all(found, "client", f"{name}_ms"))]
    said += [f"{sum(rate):,.0f} requests/s"] if rate else []
    return ", ".join(said) or None


def load_balancer(found: Found) -> str | None:
    """120 of 2,000 connections, 0 wait to be accepted, 0 requests queue, 96 % idle, its machine 31 % busy."""
    said = []
    sessions = _all(found, "load-balancer", "sessions") or _all(found, "listener", "sessions")
    limits = _all(found, "load-balancer", "session_limit")
    said += [f"{sum(sessions):,.0f}{f' of {sum(limits):,.0f}' if limits else ''} connections"] if sessions else []
    waiting, queued = _all(found, "listener", "accept_queue"), _all(found, "pool", "queue")
    said += [f"{sum(waiting):,.0f} wait to be accepted"] if waiting else []
    said += [f"{sum(queued):,.0f} requests queue"] if queued else []
    idle, busy = _all(found, "load-balancer", "idle_percent"), _all(found, "host", "cpu_ratio")
    said += [f"{min(idle):.0f} % idle"] if idle else []
    said += [f"its machine is {percent(round(max(busy), 2))} busy"] if busy else []
    return ", ".join(said) or None


def application(found: Found) -> str | None:
    """12 ms an answer, 9 of 128 slots taken, 0 wait; where applications tell nothing, what the load balancer sees of the servers."""
    times = _all(found, "application", "response_ms")
    taken, slots, queue = (_all(found, "application", m) for m in ("in_flight", "slots", "queue"))
    said = [f"{ms(median(times))} an answer"] if times else []
    if times and max(times) > 1.5 * median(times):
        said.append(f"the slowest {ms(max(times))}")
    said += [f"{sum(taken):,.0f}{f' of {sum(slots):,.0f} slots' if slots else ' requests'} in work"] if taken else []
    said += [f"{sum(queue):,.0f} wait"] if queue else []
    if not said and (seen := _all(found, "server", "response_ms")):
        return f"{ms(median(seen))} an answer as the load balancer sees it, the slowest server {ms(max(seen))}"
    return ", ".join(said) or None


def database(found: Found) -> str | None:
    """0.16 ms a statement, 0 waits, 12 of 100 connections."""
    times, waits = _all(found, "database", "statement_ms"), _all(found, "database", "lock_waits")
    used, limits = _all(found, "database", "connections"), _all(found, "database", "connection_limit")
    said = [f"{ms(max(times))} a statement"] if times else []
    said += [f"{sum(waits):,.0f} waits"] if waits else []
    said += [f"{sum(used):,.0f}{f' of {sum(limits):,.0f}' if limits else ''} connections"] if used else []
    return ", ".join(said) or None


def network(found: Found) -> str | None:
    """0.4 ms to connect at most, 0 failed connects and 0 segments sent again in 60 s."""
    times = _all(found, "hop", "connect_ms") or _all(found, "hop", "ping_ms")
    failed, resent = _all(found, "hop", "connect_failures_total"), _all(found, "hop", "retransmits_total")
    said = [f"{ms(max(times))} to connect at most"] if times else []
    said += [f"{sum(failed):,.0f} failed connects"] if failed else []
    said += [f"{sum(resent):,.0f} segments sent again"] if resent else []
    return ", ".join(said) + (" in 60 s" if failed or resent else "") if said else None


def ms(value: float) -> str:
    """0.16 ms, 12 ms, 3.8 s: three digits at most."""
    if value >= 1000:
        return f"{value / 1000:.2g} s" if value < 9950 else f"{value / 1000:,.0f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def _all(found: Found, kind: str, metric: str) -> list[float]:
    """That metric of every component of the kind."""
    return [value for key, value in found.get(kind, {}).items() if key.partition("\0")[2] == metric]
