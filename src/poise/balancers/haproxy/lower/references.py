"""Checks that what a configuration names exists, and once only: HAProxy refuses the whole file otherwise."""

from collections.abc import Collection, Mapping, Sequence

from poise.balancers.haproxy.document import Section
from poise.balancers.haproxy.lower.report import Report
from poise.model.topology import Listener, Pool, Server

# What a section must hold (checked with 2.6 and 2.8).
_REQUIRED = {"cache": "total-max-size", "fcgi-app": "docroot", "program": "command"}

_BY_TABLE = (*("http-request", "http-response", "tcp-request", "stick on", "stick match", "stick store-request", "stick store-response"),)


def check_sections(sections: Sequence[Section], report: Report) -> None:
    """Proxies that are declared twice, and sections that lack what HAProxy insists on."""
    fronts: dict[str, Section] = {}
    backs: dict[str, Section] = {}
    for section in sections:
        for kinds, seen in ((("frontend", "listen"), fronts), (("backend", "listen"), backs)):
            if section.kind not in kinds:
                continue
            first = seen.setdefault(section.name, section)
            if first is not section:
                where = f"{first.file}:{first.header.number}"
                report.cannot(
                    section.file,
                    section.header.number,
                    f"`{section.kind} {section.name}` has the same name as the {first.kind} at {where}: HAProxy refuses the file",
                )
        needed = _REQUIRED.get(section.kind)
        if needed and not any(line.keyword == needed for line in section.lines):
            report.cannot(
                section.file, section.header.number, f"`{section.kind} {section.name}` lacks `{needed}`: HAProxy refuses the file"
            )


def check_names(
    listeners: Sequence[Listener], pools: Sequence[Pool], sections: Sequence[Section], report: Report, unverified: bool = False
) -> None:
    """Routes to pools, `use-server`, `track`, `resolvers`, `errorfiles` and `use-fcgi-app` that name what is not there.

    `unverified` says that the global section switches the verification of servers off.
    """
    backs = {section.name for section in sections if section.kind in ("backend", "listen")}
    resolvers = {section.name for section in sections if section.kind == "resolvers"}
    by_name = {pool.name: {server.name: server for server in pool.servers} for pool in pools}
    for listener in listeners:
        if "disabled" in listener.options:
            continue  # HAProxy does not look further at a proxy that is switched off
        for route in listener.routes:
            if "%" not in route.pool and route.pool not in backs:
                report.cannot(
                    route.location.file,
                    route.location.line,
                    f"there is no backend or listen section `{route.pool}`: HAProxy refuses it. If another holds it, read both",
                )
    for pool in pools:
        if "disabled" not in pool.options:
            _pool(pool, by_name, resolvers, report, unverified)
    tables = _tables(sections)
    parts: list[Listener | Pool] = [*listeners, *pools]
    for part in parts:
        for option, kind in (("errorfiles", "http-errors"), ("use-fcgi-app", "fcgi-app")):
            name, place = part.options.get(option, "").partition(" ")[0], part.places.get(option)
            if name and place is not None and not any(section.kind == kind and section.name == name for section in sections):
                report.cannot(place.file, place.line, f"there is no section `{kind} {name}`: HAProxy refuses the file")
        if "disabled" not in part.options:
            _tracked(part, tables, report)


def _tables(sections: Sequence[Section]) -> frozenset[str]:
    """The names by which rules may call a stick table: its proxy's, or that of a peers section and the table in it."""
    found: set[str] = set()
    for section in sections:
        for line in section.lines:
            if line.keyword == "stick-table":
                found.add(section.name)
            elif section.kind == "peers" and line.keyword == "table" and len(line.words) > 1:
                found.add(f"{section.name}/{line.words[1].value}")
    return frozenset(found)


def _tracked(part: Listener | Pool, tables: Collection[str], report: Report) -> None:
    """Rules that count in, or stick by, a table that is not there."""
    for key in _BY_TABLE:
        if key not in part.options or ("track-sc" not in part.options[key] and not key.startswith("stick")):
            continue
        for number, line in enumerate(part.options[key].split("\n")):
            words = line.split()
            if not key.startswith("stick") and not any(word.startswith("track-sc") for word in words[:2]):
                continue
            name = next((words[i + 1] for i in range(len(words) - 1) if words[i] == "table"), part.name)
            place = part.places.get(f"{key}.{number}") or part.places.get(key)
            if name not in tables and place is not None:
                reason = f"there is no stick table `{name}`: HAProxy refuses the file. If another holds it, read both"
                report.cannot(place.file, place.line, reason)


def _pool(pool: Pool, by_name: Mapping[str, Mapping[str, Server]], resolvers: Collection[str], report: Report, unverified: bool) -> None:
    seen: dict[str, int] = {}
    numbers: dict[int, str] = {}
    for server in pool.servers:
        at = server.location
        if server.name in seen:
            report.cannot(
                at.file, at.line, f"a server `{server.name}` was already declared at line {seen[server.name]}: HAProxy refuses the file"
            )
        seen.setdefault(server.name, at.line)
        if server.server_id is not None and numbers.setdefault(server.server_id, server.name) != server.name:
            report.cannot(
                at.file, at.line, f"id {server.server_id} is already the id of {numbers[server.server_id]}: HAProxy refuses the file"
            )
        blind = server.tls_verify != "none" and (server.tls or "check-ssl" in server.options) and "ca-file" not in server.options
        if blind and not (unverified and server.tls_verify is None):
            report.cannot(
                at.file,
                at.line,
                "its certificate is to be verified, and no `ca-file` says by what: HAProxy refuses it. Add `ca-file FILE` or `verify none`",
            )
        if server.resolvers and server.resolvers not in resolvers:
            report.cannot(at.file, at.line, f"there is no section `resolvers {server.resolvers}`: HAProxy refuses the file")
        if server.track:
            other, _, name = server.track.rpartition("/")
            tracked = by_name.get(other or pool.name, {}).get(name)
            if tracked is None:
                report.cannot(at.file, at.line, f"it tracks `{server.track}`, which does not exist: HAProxy refuses the file")
            elif tracked.check is None and not tracked.agent_check and tracked.track is None:
                report.cannot(at.file, at.line, f"it tracks `{server.track}`, which has no check: HAProxy refuses the file")
    for name, _ in pool.use_server:
        if "%" not in name and name not in seen:
            report.cannot(pool.location.file, pool.location.line, f"`use-server {name}` names a server that {pool.name} does not have")
