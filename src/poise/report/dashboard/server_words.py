"""One server's state as a word, and why it stands out. Pure."""

from collections.abc import Mapping, Sequence

from poise.incidents.figures import percent
from poise.model.alert import Alert
from poise.model.topology import Server
from poise.report.dashboard.levels import alert_level, worst
from poise.report.dashboard.views import Level


def state_of(server: Server, latest: Mapping[str, float | None]) -> str:
    """up, down, maintenance, drain, backup or unknown: what the load balancer says, and where it says nothing what the file does."""
    if (latest["maintenance"] or 0) > 0 or (latest["up"] is None and server.role == "disabled"):
        return "maintenance"
    if (latest["drain"] or 0) > 0:
        return "drain"
    if latest["up"] is None:
        return "unknown"
    if latest["up"] <= 0:
        return "down"
    return "backup" if server.role == "backup" else "up"


def level_and_why(
    server: Server,
    state: str,
    alerts: Sequence[Alert],
    share: float | None,
    expected: float | None,
    *,
    off: bool,
) -> tuple[Level, str]:
    """`off`: its pool is uneven, and this server's share is beyond chance and by enough to matter."""
    found: list[tuple[Level, str]] = []
    if off and share is not None and expected is not None:
        found.append(("bad" if share > expected else "warning", f"gets {percent(share)}, {times(share, expected)}"))
    if state == "down":
        found.append(("bad", "down"))
    found += [(alert_level(a), a.verdict.summary) for a in alerts if not (state == "down" and a.verdict.detector == "server_down")]
    if state in ("maintenance", "drain") and not server.disabled:
        found.append(("warning", "in maintenance: it gets no requests" if state == "maintenance" else "drains: it gets no new clients"))
    if state == "unknown" and share is None:
        found.append(("unknown", "nothing is known of it"))
    level = worst(level for level, _ in found)
    return level, "; ".join(dict.fromkeys(why for _, why in found if why))


def times(share: float, expected: float) -> str:
    """4.0 times its share, 1/70 of its share, 60 % of its share."""
    if expected <= 0:
        return "and should get none"
    if share <= 0:
        return f"expected {percent(expected)}"
    if share >= expected:
        return f"{share / expected:.1f} times its share"
    return f"1/{expected / share:.0f} of its share" if expected / share >= 3.5 else f"{percent(share / expected)} of its share"
