"""Which part of the requests reaches which pool, for people: a line for each route that is divided, and one for what no file tells."""

from collections.abc import Mapping, Sequence

from poise.model.forecast import RouteShare
from poise.report.printable import one_line

MOST_LINES = 12
MOST_POOLS = 4


def route_lines(rows: Sequence[RouteShare]) -> list[str]:
    """The lines of the block, its title first; none where every listener has one pool."""
    divided: dict[tuple[str, str, str | None], list[RouteShare]] = {}
    open_: dict[tuple[str, str], list[RouteShare]] = {}
    for row in rows:
        if row.share is None and not row.mirrored:
            open_.setdefault((row.file, row.listener), []).append(row)
        else:
            divided.setdefault((row.file, row.listener, row.route), []).append(row)
    lines = [_divided(each) for each in divided.values() if len(each) > 1 or each[0].mirrored]
    lines += [told for each in open_.values() if (told := _open(each))]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"  and {len(lines) - MOST_LINES} more (all of them with --format json)"]
    return [one_line(line) for line in ("routes", *lines)] if lines else []


def _divided(rows: Sequence[RouteShare]) -> str:
    parts: Mapping[tuple[str | None, bool], float] = _parts(rows)
    told = [
        f"{100 * share:.4g} % {'copied to' if copied else '→'} {pool if pool is not None else 'no pool'}"
        for (pool, copied), share in parts.items()
    ]
    notes = dict.fromkeys(row.why.partition("; ")[2] for row in rows if "; " in row.why)
    where = rows[0].listener if rows[0].route is None else f"{rows[0].listener}, {rows[0].route}"
    note = f" ({', '.join(notes)})" if notes else ""
    return f"  {where}: {', '.join(told)}{note}  {rows[0].file}:{rows[0].line}"


def _parts(rows: Sequence[RouteShare]) -> dict[tuple[str | None, bool], float]:
    parts: dict[tuple[str | None, bool], float] = {}
    for row in rows:
        parts[row.pool, row.mirrored] = parts.get((row.pool, row.mirrored), 0.0) + (row.share or 0.0)
    return parts


def _open(rows: Sequence[RouteShare]) -> str:
    """What to say of a listener whose requests are spread by what they ask for; nothing where they all go to one pool."""
    pools = list(dict.fromkeys(row.pool for row in rows if row.pool is not None))
    if len(pools) < 2:
        return ""
    named = ", ".join(pools[:MOST_POOLS]) + (f" and {len(pools) - MOST_POOLS} more" if len(pools) > MOST_POOLS else "")
    return f"  {rows[0].listener}: how much of it goes to {named} is not told by the file  {rows[0].file}:{rows[0].line}"
