"""The documentation of a configuration as Markdown. Without line numbers and dates of its own, it changes when what it says changes."""

from collections.abc import Iterator

from poise.model.topology import Listener, Topology
from poise.report.description import settings
from poise.report.description.decided import decided_lines
from poise.report.description.described import Described
from poise.report.description.pools import pool_lines
from poise.report.description.words import weights
from poise.report.findings_markdown import SIGNS, cell


def markdown(described: Described) -> str:
    """One page for the people who run this configuration."""
    lines = ["# What this load balancer does", "", *_read(described)]
    for topology in described.topologies:
        lines += _glance(described, topology)
        for listener in topology.listeners:
            lines += _listener(described, topology, listener)
        for pool in topology.pools:
            lines += pool_lines(described, topology, pool)
    lines += _findings(described)
    lines += decided_lines(described)
    lines += _left_out(described)
    return "\n".join(lines).rstrip("\n") + "\n"


def _read(described: Described) -> Iterator[str]:
    origins = {"given": "", "installed": ", the version installed where this was made", "assumed": ", which poise assumes"}
    for each in described.audit.read:
        version = f" {each.target}{origins[each.target_from]}" if each.target else ""
        more = len(each.files) - 1
        yield f"- {cell(each.file)}{f' and {more} included' if more > 0 else ''}: {each.product}{version}"
    if not described.audit.read:
        yield "Nothing could be read."
    yield ""


def _glance(described: Described, topology: Topology) -> Iterator[str]:
    """What the file says of itself, and a row for each pool."""
    if said := described.comments.head(topology.file):
        yield from (f"> {cell(said)}", "")
    if not topology.pools:
        return
    yield from (f"## At a glance: {cell(topology.file)}", "")
    yield from (
        "| pool | servers | splits by | weights | the most goes to | when a server is lost | found |",
        "|---|--:|---|---|---|---|---|",
    )
    files = {topology.file, *topology.files}
    for pool in topology.pools:
        forecast = described.forecast_of(topology, pool.name)
        active = sum(server.role == "active" for server in pool.servers)
        others = len(pool.servers) - active
        most = max(forecast.servers, key=lambda s: s.share, default=None) if forecast is not None else None
        top = f"{cell(most.server)}, {most.share:.1%}" if most is not None and most.share else "–"
        busiest = [loss.max_utilisation for loss in forecast.without if loss.max_utilisation is not None] if forecast is not None else []
        after = f"the busiest is {max(busiest):.0%} busy" if busiest else "not declared"
        count = sum(f.pool == pool.name and f.location.file in files for f in described.audit.findings)
        servers = f"{active}{f' + {others} in reserve' if others else ''}"
        row = f"| {cell(pool.name)} | {servers} | {cell(pool.algorithm.name)} | {weights(pool) or 'equal'} | {top} | {after} |"
        yield f"{row} {count or 'nothing'} |"
    yield ""


def _listener(described: Described, topology: Topology, listener: Listener) -> Iterator[str]:
    yield from (f"## Listener {cell(listener.name)}", "")
    # HAProxy's `listen` is a listener and a pool: the comment is said once, with the pool.
    if topology.pool(listener.name) is None and (said := described.comments.at(listener.location, topology.product == "haproxy")):
        yield from (f"> {cell(said)}", "")
    binds = ", ".join(f"{cell(bind.address)}{' (TLS)' if bind.tls else ''}" for bind in listener.binds)
    yield from (f"Takes {listener.mode} at {binds or 'no address that was read'}.", "")
    shares = [row for row in described.forecast.routes if (row.file, row.listener) == (topology.file, listener.name)]
    if shares:
        yield from ("| requests | go to | part |", "|---|---|--:|")
        for row in shares:
            part = "copies" if row.mirrored else "–" if row.share is None else f"{row.share:.1%}"
            target = "nobody: an error" if row.pool is None else cell(row.pool)
            yield f"| {cell(row.route) if row.route is not None else 'all'} | {target} | {part} |"
        yield ""
    elif listener.routes:
        yield from ("| requests | go to |", "|---|---|")
        yield from (f"| {cell(route.condition or 'all others')} | {cell(route.pool)} |" for route in listener.routes)
        yield ""
    if made := [*settings.rows(settings.LISTENER.get(topology.product, ()), listener.options)]:
        yield from ("| what | setting | value |", "|---|---|---|")
        yield from (f"| {meaning} | `{key}` | {cell(value)} |".replace("\\`", "`") for meaning, key, value in made)
        yield ""


def _findings(described: Described) -> Iterator[str]:
    yield from ("## Found by poise audit", "")
    found = [
        f"- {SIGNS[f.severity]} `{f.rule}` {_of(f.pool, f.server)}: {cell(f.message)}. {cell(f.remedy)}" for f in described.audit.findings
    ]
    yield from found or ["Nothing." if described.topologies else "Nothing was judged."]
    yield ""


def _of(pool: str | None, server: str | None) -> str:
    return "of the file" if pool is None else f"in {cell(pool)}" if server is None else f"in {cell(pool)}, {cell(server)}"


def _left_out(described: Described) -> Iterator[str]:
    """What was not understood is said: a page that leaves it out would look whole."""
    could_not = dict.fromkeys([*described.audit.could_not, *described.forecast.could_not])
    remarks = dict.fromkeys([*described.audit.remarks, *described.forecast.remarks])
    parts = {
        "Could not be read": [(each.what, each.reason) for each in could_not],
        "Stands in no file": [(each.what, each.reason) for each in described.audit.not_judged],
        "To know": [(each.what, each.text) for each in remarks],
    }
    for title, entries in parts.items():
        if entries:
            yield from (f"## {title}", "", *(f"- {cell(what)}: {cell(text)}" for what, text in entries), "")
