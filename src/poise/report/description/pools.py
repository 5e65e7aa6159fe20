"""A pool in the documentation: what it is for, how it splits and why, what a loss does, how it is checked, its times and limits."""

from collections.abc import Iterator, Sequence

from poise.model.forecast import Loss, PoolForecast
from poise.model.needs import PoolNeeds
from poise.model.topology import Pool, Topology
from poise.report.description import settings
from poise.report.description.described import Described
from poise.report.description.words import checks, split, weights
from poise.report.findings_markdown import cell
from poise.report.forecast_text import failing

MOST_SERVERS = 40
MOST_LOSSES = 8


def pool_lines(described: Described, topology: Topology, pool: Pool) -> Iterator[str]:
    """The section of that pool, its title first."""
    needs = described.needs_of(topology, pool.name)
    forecast = described.forecast_of(topology, pool.name)
    yield from (f"## Pool {cell(pool.name)}", "")
    for said in (needs.description or "", described.comments.at(pool.location, inside=topology.product == "haproxy")):
        if said:
            yield from (f"> {cell(said)}", "")
    ways = topology.routes_to(pool.name)
    origins = dict.fromkeys(listener.name for listener, _ in ways)
    yield f"Requests come from {', '.join(map(cell, origins))}." if origins else "No listener here sends requests to it."
    yield ""
    reasons = _reasons(pool, needs, described)
    yield from _how(pool, reasons)
    if forecast is not None:
        yield from _servers(described, pool, forecast, reasons)
        yield from _losses(forecast)
    elif pool.servers:
        yield from (f"{len(pool.servers)} servers; no share could be forecast.", "")
    else:
        yield from ("Its servers are found at run time: the file does not name them.", "")
    yield from _table(topology, pool)
    if pool.servers:
        yield from ("**Health checks**", "", *(f"- {_code(line)}" for line in checks(pool)), "")


def _reasons(pool: Pool, needs: PoolNeeds, described: Described) -> list[str]:
    """Why it splits so: what somebody declared, or wrote beside the algorithm or a weight."""
    reasons = []
    if needs.split == "even":
        reasons.append("an even split is declared in poise.toml")
    elif needs.split:
        reasons.append(f"poise.toml declares {', '.join(f'{cell(name)} {ratio:g}' for name, ratio in needs.split.items())}")
    if needs.max_share is not None:
        reasons.append(f"no server may get more than {needs.max_share:.0%}")
    for place in (pool.algorithm.location, *(server.spots.weight for server in pool.servers)):
        said = cell(described.comments.at(place)).rstrip(".") if place is not None else ""
        if said and said not in reasons:
            reasons.append(said)
    if pool.persistence:
        reasons.append(f"`{pool.persistence.replace('`', '')}` brings clients back to their server, whatever the weights say")
    return reasons


def _how(pool: Pool, reasons: Sequence[str]) -> Iterator[str]:
    """How it splits, and why."""
    yield f"**How it splits: `{pool.algorithm.name}`.** {_code(split(pool))}".rstrip()
    yield ""
    unequal = weights(pool)
    if unequal and not reasons:
        yield f"**Why: nobody wrote it down.** The weights are {unequal}, and no comment, need or acceptance says why."
    elif reasons:
        yield f"**Why:** {'; '.join(reasons)}."
    else:
        yield "**Why:** all servers weigh the same, and nothing else is declared."
    yield ""


def _servers(described: Described, pool: Pool, forecast: PoolForecast, reasons: Sequence[str]) -> Iterator[str]:
    busy = any(s.utilisation is not None for s in forecast.servers)
    yield f"| server | address | role | weight | share |{' busy at peak |' if busy else ''} limit | note |"
    yield f"|---|---|---|--:|--:|{'--:|' if busy else ''}--:|---|"
    for s in forecast.servers[:MOST_SERVERS]:
        server = pool.server(s.server)
        limit = str(server.maxconn) if server is not None and server.maxconn is not None else ""
        note = described.comments.at(server.location) if server is not None else ""
        if server is not None and cell(note).rstrip(".") in reasons:
            # Said once: what stands above the first of several lines is about them all.
            note = described.comments.behind(server.location)
        used = f" {'' if s.utilisation is None else f'{s.utilisation:.0%}'} |" if busy else ""
        said = "; ".join(each for each in (s.why or "", note) if each)
        row = f"| {cell(s.server)} | {cell(s.address)} | {s.role} | {s.weight} | {s.share:.1%} |"
        yield f"{row}{used} {limit} | {cell(said)} |"
    yield ""
    if len(forecast.servers) > MOST_SERVERS:
        yield from (f"and {len(forecast.servers) - MOST_SERVERS} more servers (`poise predict` lists them).", "")
    basis = {
        "exact": "Shares are exact",
        "expected": "Shares are expected ones",
        "simulated": "Shares are simulated under the declared load",
    }
    yield from (f"{basis[forecast.basis]}.", "")


def _losses(forecast: PoolForecast) -> Iterator[str]:
    if not forecast.without:
        return
    alike: dict[tuple[str, ...], list[Loss]] = {}
    for loss in forecast.without:
        busy = "" if loss.max_utilisation is None else f"{loss.max_utilisation:.0%}"
        alike.setdefault((f"{loss.top_share:.1%}" if loss.top else "", busy, _end(loss)), []).append(loss)
    ordered = sorted(alike.items(), key=lambda item: -max(_badness(loss) for loss in item[1]))
    yield from ("**When a server is lost**", "", "| lost | then the most goes to | share | busy at peak | so |", "|---|---|--:|--:|---|")
    for (share, busy, end), losses in ordered[:MOST_LOSSES]:
        lost = " or ".join(cell(" and ".join(loss.lost)) for loss in losses[:4]) + (
            f" or {len(losses) - 4} others" if len(losses) > 4 else ""
        )
        tops = dict.fromkeys(cell(loss.top) for loss in losses if loss.top is not None)
        yield f"| {lost} | {' or '.join([*tops][:3]) or '–'} | {share or '–'} | {busy or '–'} | {end} |"
    if len(ordered) > MOST_LOSSES:
        yield f"| {len(ordered) - MOST_LOSSES} milder cases | | | | |"
    yield ""
    for need in forecast.needs:
        yield f"- {'met' if need.met else '**not met**'}: {cell(need.need)}: {cell(need.detail)}"
    if forecast.needs:
        yield ""


def _end(loss: Loss) -> str:
    if fails := failing(loss):
        return f"**{cell(fails)}**"
    if loss.top is None:
        return "**nobody serves**"
    if loss.max_utilisation is None:
        return "the others carry it; whether they can is not declared"
    return "**overloaded**" if loss.max_utilisation > 1 else "tight" if loss.max_utilisation > 0.8 else "the others carry it"


def _badness(loss: Loss) -> float:
    if loss.top is None:
        return float("inf")
    return (loss.max_utilisation or loss.top_share) + 10 * loss.to_lost


def _table(topology: Topology, pool: Pool) -> Iterator[str]:
    """Times and limits of the pool, and of the routes to it."""
    made: Sequence[tuple[str, str, str]] = [
        *settings.rows(settings.POOL.get(topology.product, ()), pool.options),
        *settings.route_rows(settings.ROUTE.get(topology.product, ()), topology.routes_to(pool.name)),
    ]
    if made:
        yield from ("**Times and limits**", "", "| what | setting | value |", "|---|---|---|")
        yield from (f"| {_code(meaning)} | `{key}` | {_code(cell(value))} |" for meaning, key, value in made)
        yield ""


def _code(text: str) -> str:
    """Our own words keep their code marks; those of others were escaped with the rest."""
    return text.replace("\\`", "`")
