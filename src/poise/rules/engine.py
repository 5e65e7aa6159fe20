"""Visits every part of every topology with every rule that asks for it, then holds the findings against what was accepted. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from poise.model.finding import SEVERITY_ORDER, Finding
from poise.model.needs import Acceptance, Needs
from poise.model.topology import Listener, Pool, Server, Topology
from poise.rules import RULES
from poise.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings that stand, and those that a named person accepted, with the acceptance."""

    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()


def check(topologies: Sequence[Topology], needs: Needs, rules: Sequence[Rule] = RULES, today: date | None = None) -> tuple[Finding, ...]:
    """All findings that are not accepted, by file, line and severity. `today` decides which acceptances have expired; None: none has."""
    return judge(topologies, needs, rules, today).findings


def judge(topologies: Sequence[Topology], needs: Needs, rules: Sequence[Rule] = RULES, today: date | None = None) -> Judged:
    """Like `check`, and tells which findings were accepted by whom."""
    standing: list[Finding] = []
    accepted: list[tuple[Finding, Acceptance]] = []
    for finding in dict.fromkeys(f for topology in topologies for f in _visit(topology, needs, rules)):
        acceptance = next((a for a in needs.accept if a.rule == finding.rule and a.pool in (None, finding.pool)), None)
        if acceptance is None:
            standing.append(finding)
        elif today is None or today <= acceptance.until:
            accepted.append((finding, acceptance))
        else:
            standing.append(replace(finding, message=f"{finding.message} (accepted by {acceptance.by} until {acceptance.until}: expired)"))
    return Judged(tuple(sorted(standing, key=order)), tuple(accepted))


def order(finding: Finding) -> tuple[str, int, int, int, str]:
    """Sorts findings by file and line; on one line the worst first."""
    place = finding.location
    return (place.file, place.line, -SEVERITY_ORDER.index(finding.severity), place.column, finding.rule)


def _visit(topology: Topology, needs: Needs, rules: Sequence[Rule]) -> Iterable[Finding]:
    for rule in rules:
        if topology.product not in rule.products:
            continue
        if rule.subject is Topology:
            yield from rule.check(topology, topology, needs)
        elif rule.subject is Listener:
            for listener in topology.listeners:
                yield from rule.check(listener, topology, needs)
        elif rule.subject is Pool:
            for pool in topology.pools:
                yield from rule.check(pool, topology, needs)
        elif rule.subject is Server:
            for pool in topology.pools:
                for server in pool.servers:
                    yield from (replace(f, pool=f.pool or pool.name) for f in rule.check(server, topology, needs))
