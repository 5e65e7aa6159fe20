"""What a change does to the losses that a pool survives, also where it moves no traffic today."""

from collections.abc import Sequence

from poise.balance.changes.sides import Sides, and_others, said, several
from poise.model.topology import Pool, Server

LIMITS = ("maxconn", "max_conns")


def losses(sides: Sides, because: Sequence[str]) -> list[str]:
    """What is worse than before when something fails, without what `because` says already."""
    before, after = sides.before, sides.after
    words = [
        _unwatched(sides),
        "no backup is left" if _backups(before) and not _backups(after) else "",
        _alone(before, after),
        "" if any(cause.startswith(LIMITS) for cause in because) else _less_room(sides),
        "`option redispatch` is gone: a retry stays at the server that failed" if before.redispatch and not after.redispatch else "",
        f"retries {before.retries} → 0: a refused connection is an error" if before.retries and not after.retries else "",
    ]
    if before.all_backups and not after.all_backups and len(_backups(after)) > 1:
        words.append("without `option allbackups` only the first backup serves")
    if before.product == after.product == "nginx" and "zone" in before.options and "zone" not in after.options:
        words.append("without `zone` each worker deals and counts failures for itself")
    return list(filter(None, words))


def gains(sides: Sides) -> list[str]:
    """What is better than before when something fails."""
    watched = [b.name for a, b in sides.kept if not _watched(a, sides.before) and _watched(b, sides.after)]
    how = "taken out now when it fails" if sides.after.product == "nginx" else "checked now"
    return list(filter(None, [said(watched, f"is {how}", f"are {how.replace('it fails', 'they fail')}")]))


def ruled(sides: Sides) -> list[str]:
    """Rules that send requests to a server whatever the split says: how many is in no file."""
    if sides.before.use_server == sides.after.use_server:
        return []
    names = dict.fromkeys(name for name, rule in (*sides.before.use_server, *sides.after.use_server))
    return [f"other requests go to {several(list(names))} by `use-server`, how many is in no file"]


def stays(sides: Sides, moved: bool) -> list[str]:
    """Who is not part of what moves."""
    if not moved:
        return []
    words = []
    leaving = any(b is None or (not _serves(b) and _serves(a)) for a, b in sides.pairs if a is not None)
    if sides.after.persistence and sides.before.persistence == sides.after.persistence and not leaving:
        words.append("clients that are bound already stay where they are")
    if sides.after.use_server and sides.before.use_server == sides.after.use_server:
        words.append("what `use-server` sends to a server does not count")
    return words


def renamed(sides: Sides) -> list[str]:
    """Names that say nothing about traffic; three of them at most."""
    found = [f"{a.name} is now called {b.name}" for a, b in sides.kept if a.name != b.name and sides.before.product == sides.after.product]
    return found if len(found) <= 3 else [*found[:2], f"{len(found) - 2} others have new names"]


def _less_room(sides: Sides) -> str:
    lowered = [(a, b) for a, b in sides.kept if _serves(b) and b.maxconn and (not a.maxconn or b.maxconn < a.maxconn)]
    if not lowered:
        return ""
    a, b = min(lowered, key=lambda each: (each[1].maxconn or 0) / (each[0].maxconn or float("inf")))
    others = and_others(len(lowered) - 1)
    word = "max_conns" if sides.after.product == "nginx" else "maxconn"
    return f"{b.name}{others} may hold {b.maxconn} requests at once instead of {a.maxconn or 'any number'} ({word})"


def _unwatched(sides: Sides) -> str:
    lost = [b.name for a, b in sides.kept if _serves(b) and _watched(a, sides.before) and not _watched(b, sides.after)]
    if sides.after.product == "nginx":
        return said(lost, "is no longer taken out when it fails", "are no longer taken out when they fail")
    serving = [s for s in sides.after.servers if _serves(s)]
    if len(lost) > 3 and len(lost) == len(serving):
        return f"nothing checks any of the {len(lost)} servers any more"
    names = said(lost, "", "").strip()
    return f"nothing checks {names} any more" if lost else ""


def _watched(server: Server, pool: Pool) -> bool:
    """Whether the failure of the server is noticed, by asking it or by its answers."""
    if pool.product == "nginx":
        return server.max_fails != 0
    if pool.product == "envoy":
        return server.check is not None or any(path.startswith("outlier_detection") for path in pool.options)
    return server.check is not None or server.track is not None or server.agent_check


def _serves(server: Server) -> bool:
    return not server.disabled and server.role != "disabled"


def _backups(pool: Pool) -> list[Server]:
    found = [s for s in pool.servers if _serves(s) and s.weight > 0 and (s.backup or s.role == "backup")]
    if pool.product == "envoy" and pool.servers:
        first = min(s.priority for s in pool.servers)
        found += [s for s in pool.servers if s.priority > first]
    return found


def _alone(before: Pool, after: Pool) -> str:
    was, now = ([s for s in pool.servers if _serves(s) and s.weight > 0] for pool in (before, after))
    discovered = after.discovered or (now and now[0].template)
    return f"{now[0].name} is alone: its loss is an outage" if len(was) > 1 and len(now) == 1 and not discovered else ""
