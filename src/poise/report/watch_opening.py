"""The first screen of a watch: what is watched, what its file says of the shares, and where the running one is looked at. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from poise.balance.expected import predicted, wanted
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs
from poise.model.reach import Reach
from poise.model.topology import Pool, Topology

TITLES = {"haproxy": "HAProxy", "nginx": "nginx", "envoy": "Envoy"}
DEFAULT_LOG = "that nginx was built with"
MOST_POOLS, MOST_SERVERS, MOST_FINDINGS = 8, 8, 5


def opening(name: str, files: Sequence[str], topology: Topology | None, needs: Needs, reach: Reach) -> list[str]:
    """What is watched, in lines of text."""
    if topology is None:
        return [f"{name}: {', '.join(files)}"]
    pools = [pool for pool in topology.pools if pool.servers]
    servers = sum(len(pool.servers) for pool in pools)
    count = f"{_count(len(topology.listeners), 'listener')}, {_count(len(pools), 'pool')}, {_count(servers, 'server')}"
    lines = [f"{name}: {TITLES[topology.product]} of {topology.file}: {count}", f"  looks at {_where(topology, reach)}"]
    for pool in pools[:MOST_POOLS]:
        lines += _pool(pool, needs)
    if len(pools) > MOST_POOLS:
        lines.append(f"  and {_count(len(pools) - MOST_POOLS, 'pool')} more: `poise predict {topology.file}` shows them all")
    if pools and not any(needs.of(pool.name).split for pool in pools):
        lines.append(
            f"  no split is declared: shares are held against the file's weights. `poise needs {topology.file}` writes a poise.toml"
        )
    return lines


def expected_shares(pool: Pool, needs: Needs, up: Sequence[str] | None = None) -> Mapping[str, float]:
    """What share each server ought to get: as the needs declare it, else as the file makes it; empty where nobody knows."""
    names = [s.name for s in pool.servers if not s.disabled] if up is None else list(up)
    declared = wanted(pool, needs.of(pool.name), names)
    if declared is not None:
        return declared
    split = predicted(pool, names)
    return {} if split is None else split.shares


def from_the_file(findings: Sequence[Finding], forecasts: Sequence[PoolForecast], file: str, unread: Sequence[CouldNot] = ()) -> list[str]:
    """What a load balancer's files say while it does not answer, in lines of text; `unread` is what of them cannot be understood."""
    errors = [finding for finding in findings if finding.severity == "error"]
    lines = [f"  not understood {problem.what}{_at(problem)}: {problem.reason}" for problem in unread[:MOST_FINDINGS]]
    if len(unread) > MOST_FINDINGS:
        lines.append(f"  and {len(unread) - MOST_FINDINGS} lines more that are not understood")
    told = (errors or list(findings))[:MOST_FINDINGS]
    lines += [f"  {f.severity} {f.rule} ({f.location.file}:{f.location.line}): {f.message}" for f in told]
    if len(findings) > len(told):
        lines.append(f"  and {_count(len(findings) - len(told), 'finding')} more{', below an error' if len(errors) == len(told) else ''}")
    if findings:
        lines.append(f"  `poise audit {file}` says of each why it hurts and what to do")
    for forecast in forecasts[:MOST_POOLS]:
        lines += [f"  pool {forecast.pool}: need {check.need} is not met: {check.detail}" for check in forecast.needs if not check.met]
        worst = max((loss for loss in forecast.without if len(loss.lost) == 1), key=lambda loss: loss.top_share, default=None)
        if worst is not None and worst.top is not None:
            load = "" if worst.max_utilisation is None else f", {worst.max_utilisation:.0%} of what it can do"
            lines.append(f"  pool {forecast.pool}: without {worst.lost[0]}, {worst.top} gets {worst.top_share:.0%}{load}")
    return ["from the file alone:", *lines] if lines else ["from the file alone: no error, and no need that is not met"]


def _pool(pool: Pool, needs: Needs) -> Iterator[str]:
    shares = expected_shares(pool, needs)
    algorithm = " ".join(filter(None, (pool.algorithm.name, pool.algorithm.argument)))
    declared = " as declared" if needs.of(pool.name).split else ""
    yield f"  pool {pool.name}: {algorithm} over {_count(len(pool.servers), 'server')}"
    for server in pool.servers[:MOST_SERVERS]:
        share = "" if server.name not in shares else f"{shares[server.name]:6.1%} expected{declared}"
        role = "" if server.role == "active" else f", {server.role}"
        place = f"{server.address}, " if server.address != server.name else ""
        yield f"    {server.name:<16} {share}  ({place}weight {server.weight}{role})"
    if len(pool.servers) > MOST_SERVERS:
        yield f"    and {_count(len(pool.servers) - MOST_SERVERS, 'server')} more"


def _where(topology: Topology, reach: Reach) -> str:
    if topology.product == "nginx":
        logs = (
            [reach.access_log]
            if reach.access_log
            else list(dict.fromkeys(log.target or DEFAULT_LOG for each in topology.logged for log in each.logs))[:3]
        )
        pages = [f"page {reach.status}"] if reach.status else []
        return ", ".join([*(f"log {log}" for log in logs), *pages]) or "no access log: none is named in the file"
    if topology.product == "envoy":
        place = reach.admin or next((socket.address for socket in topology.control_sockets), None)
        return f"admin interface {place}" if place else "nothing: the file has no admin interface"
    place = reach.socket or reach.stats_url or ", ".join(socket.address for socket in topology.control_sockets)
    return f"{'page' if reach.stats_url and not reach.socket else 'socket'} {place}" if place else "nothing: the file has no stats socket"


def _at(problem: CouldNot) -> str:
    return f":{problem.line}" if problem.line is not None else ""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
