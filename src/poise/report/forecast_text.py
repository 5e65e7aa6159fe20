"""`poise predict` for people: a bar per server, what the loss of one does, and the needs."""

from collections.abc import Sequence

from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast, Loss, PoolForecast, ServerShare, SlowStart
from poise.model.remark import Remark
from poise.report.bars import BAR_CELLS, bar, percent
from poise.report.findings_text import excluded
from poise.report.printable import one_line
from poise.report.routes_text import route_lines
from poise.report.what_if_text import lines as what_if_lines

MOST_LOSSES_SHOWN = 8
MOST_KEYS_SHOWN = 20


def text(forecast: Forecast, columns: int | None = None) -> str:
    """Plain characters without colour, a trailing newline included; never wider than its longest server line.

    `columns` is the width of the terminal: bars are as long as it leaves room for.
    """
    blocks = ["\n".join(routes)] if (routes := route_lines(forecast.routes)) else []
    # Of five hundred pools those whose needs are not met are what somebody looks for.
    blocks += [_pool(pool, columns) for pool in sorted(forecast.pools, key=lambda pool: all(check.met for check in pool.needs))]
    blocks += ending(forecast.could_not, forecast.remarks)
    if forecast.excluded:
        blocks.append(f"{excluded(forecast.excluded)}.")
    if not forecast.pools and not forecast.could_not:
        blocks.append("No pool with servers was found.")
    return "\n\n".join(blocks) + "\n"


def ending(could_not: Sequence[CouldNot], remarks: Sequence[Remark]) -> list[str]:
    """The blocks that stand last: what could not be done, and what to know of how it was read."""
    blocks = []
    if could_not:
        lines = (one_line(f"  {c.what}{f':{c.line}' if c.line else ''}: {c.reason}") for c in could_not)
        blocks.append("\n".join(("could not:", *lines)))
    if remarks:
        blocks.append("\n".join(one_line(f"note: {r.what}{f':{r.line}' if r.line else ''}: {r.text}") for r in remarks))
    return blocks


def server_lines(servers: Sequence[ServerShare], indent: str = "  ", columns: int | None = None) -> list[str]:
    """One line per server: name, address, share, its standard error, bar, and how busy it is at peak."""
    names = max((len(s.server) for s in servers), default=0)
    addresses = max((len(s.address) for s in servers), default=0)
    cells = BAR_CELLS
    if columns is not None:
        bare = max((len(indent) + len(_server(s, names, addresses, 0)) for s in servers), default=0)
        cells = max(0, min(BAR_CELLS, columns - bare - 1))
    return [indent + _server(s, names, addresses, cells) for s in servers]


def _server(s: ServerShare, names: int, addresses: int, cells: int) -> str:
    error = f"± {100 * s.error:.1f}" if s.error >= 0.0005 else ""
    busy = f"  {100 * s.utilisation:.0f} % busy at peak" if s.utilisation is not None else ""
    role = "" if s.role == "active" else f"  {s.role}"
    who = f"{s.server.ljust(names)}  {s.address.ljust(addresses)}  {f'weight {s.weight}':<10}"
    # What the row shows already (a weight of 0, a role) needs no words.
    if s.why and s.weight and (s.role == "active" or s.why.startswith("health_status")):
        return f"{who}  {percent(s.share)}  {s.why}"
    line = f"{who}  {percent(s.share)} {error:<6} {bar(s.share, cells)}{busy}{role}"
    return line.rstrip()


def _pool(pool: PoolForecast, columns: int | None) -> str:
    how = {"exact": "exact", "expected": "expected", "simulated": "simulated"}[pool.basis]
    lines = [f"{pool.pool}  {pool.product}, {pool.algorithm}, {how}  {pool.file}", *server_lines(pool.servers, columns=columns)]
    if pool.without:
        lines += _without(pool.without)
    lines += _slow_starts(pool.slow_starts)
    for check in pool.needs:
        lines.append(f"  {'met    ' if check.met else 'NOT MET'}  {check.need}: {check.detail}")
    lines += what_if_lines(pool.what_if, pool.headroom)
    if pool.placement:
        lines.append("  keys:")
        lines += [f"    {key} → {server}" for key, server in pool.placement[:MOST_KEYS_SHOWN]]
        if len(pool.placement) > MOST_KEYS_SHOWN:
            lines.append(f"    and {len(pool.placement) - MOST_KEYS_SHOWN} more (all of them with --format json)")
    # No name or key of others begins a line of its own.
    return "\n".join(one_line(line) for line in lines)


def _slow_starts(found: Sequence[SlowStart]) -> list[str]:
    """One line for each; servers that warm up alike are counted with the first of them."""
    alike: dict[tuple[object, ...], list[SlowStart]] = {}
    for each in found:
        alike.setdefault((each.seconds, each.when_busy, each.shares), []).append(each)
    lines = []
    for first, *others in list(alike.values())[:MOST_LOSSES_SHOWN]:
        *course, (_, usual) = first.shares
        told = ", ".join(f"{percent(share).strip()} after {at:g} s" if at else f"{percent(share).strip()} at once" for at, share in course)
        who = first.server + (f" (as {len(others)} others)" if len(others) > 1 else f" (as {others[0].server})" if others else "")
        busy = ", where the pool is busy" if first.when_busy else ""
        lines.append(f"  for {first.seconds:g} s after it returns, {who} gets less than its {percent(usual).strip()}: {told}{busy}")
    return lines


def _without(losses: Sequence[Loss]) -> list[str]:
    """The losses, worst first; the rest is counted, never silently dropped."""
    worst = sorted(losses, key=_badness, reverse=True)
    lines = [f"  without {' and '.join(loss.lost)}: {_consequence(loss)}" for loss in worst[:MOST_LOSSES_SHOWN]]
    if len(worst) > MOST_LOSSES_SHOWN:
        lines.append(f"  and {len(worst) - MOST_LOSSES_SHOWN} milder losses (all of them with --format json)")
    return lines


def _badness(loss: Loss) -> tuple[float, float]:
    if not loss.top_share:
        return float("inf"), 0.0
    return round(loss.to_lost, 9), loss.max_utilisation if loss.max_utilisation is not None else loss.top_share


def _consequence(loss: Loss) -> str:
    fails = failing(loss)
    if loss.top is None:
        return fails or "no server takes any request"
    busy = f", the busiest {100 * loss.max_utilisation:.0f} % busy at peak" if loss.max_utilisation is not None else ""
    return f"{loss.top} gets the most, {percent(loss.top_share).strip()}{busy}{f'; {fails}' if fails else ''}"


def failing(loss: Loss) -> str:
    """What of the requests goes to the lost servers all the same, in words; nothing where none does."""
    if loss.to_lost > 0.9995:
        return "every request still goes to what is lost, and fails"
    return f"{percent(loss.to_lost).strip()} of the requests still go to what is lost, and fail" if loss.to_lost > 0.0005 else ""
