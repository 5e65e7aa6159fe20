"""Visits every part of every topology with every rule that asks for it, then holds the findings against what was accepted. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.finding import SEVERITY_ORDER, Finding
from poise.model.light import dataclass
from poise.model.needs import Acceptance, Needs
from poise.model.topology import Listener, Pool, Server, Topology
from poise.rules import RULES
from poise.rules.layers import chains, changes
from poise.rules.rule import Rule, Subject

# Rules that ask for nothing but endpoints: of those whose cluster was not read (Envoy's EDS) no other can say anything.
OF_ENDPOINTS = (
    *("uneven-weights", "duplicate-address", "max-share-exceeded", "most-servers-backup", "most-servers-disabled", "single-server"),
    *("zero-weight", "pool-without-servers", "loss-overloads", "survive-impossible", "priority-gap"),
)
# The themes whose rules about pools judge what share each server gets.
OF_SHARES = ("distribution", "capacity")


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings that stand, and those that a named person accepted, with the acceptance; `unused` accept nothing that was found."""

    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()
    unused: tuple[Acceptance, ...] = ()


def check(
    topologies: Sequence[Topology], needs: Needs, rules: Sequence[Rule] | None = None, today: date | None = None
) -> tuple[Finding, ...]:
    """All findings that are not accepted, by file, line and severity. `today` decides which acceptances have expired; None: none has."""
    return judge(topologies, needs, rules, today).findings


def judge(
    topologies: Sequence[Topology],
    needs: Needs,
    rules: Sequence[Rule] | None = None,
    today: date | None = None,
    before: Sequence[Topology] = (),
) -> Judged:
    """Like `check`, and tells which findings were accepted by whom.

    `rules` None are all for the products of `topologies`. Rules about a change are asked only where `before` holds the configurations that
    these replace.
    """
    asked = RULES.of({topology.product for topology in topologies}) if rules is None else rules
    standing: list[Finding] = []
    accepted: list[tuple[Finding, Acceptance]] = []
    used: set[int] = set()
    for finding in dict.fromkeys(_visited(topologies, before, needs, asked)):
        acceptance = next((a for a in needs.accept if accepts(a, finding)), None)
        if acceptance is None:
            standing.append(finding)
            continue
        used.add(id(acceptance))
        if today is None or today <= acceptance.until:
            accepted.append((finding, acceptance))
        else:
            standing.append(replace(finding, message=f"{finding.message} (accepted by {acceptance.by} until {acceptance.until}: expired)"))
    unused = tuple(a for a in needs.accept if id(a) not in used)
    return Judged(tuple(sorted(standing, key=order)), tuple(sorted(accepted, key=lambda each: order(each[0]))), unused)


def accepts(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether it is for this finding, ended or not."""
    file = acceptance.file
    return (
        acceptance.rule == finding.rule
        and acceptance.pool in (None, finding.pool)
        and acceptance.server in (None, finding.server)
        and (file is None or finding.location.file == file or finding.location.file.endswith(f"/{file.removeprefix('./')}"))
    )


def order(finding: Finding) -> tuple[str, int, int, int, str]:
    """Sorts findings by file and line; on one line the worst first."""
    place = finding.location
    return (place.file, place.line, -SEVERITY_ORDER.index(finding.severity), place.column, finding.rule)


def _visited(topologies: Sequence[Topology], before: Sequence[Topology], needs: Needs, rules: Sequence[Rule]) -> Iterator[Finding]:
    grouped: Mapping[str, Mapping[Subject, Sequence[Rule]]] = {
        product: _by_subject(product, rules) for product in {topology.product for topology in topologies}
    }
    for topology in topologies:
        yield from _visit(topology, needs, grouped[topology.product])
    about_chains = [rule for rule in rules if rule.subject is Chain]
    for chain in chains(topologies) if about_chains else ():
        for rule in _for_both(about_chains, chain.front, chain.back):
            yield from rule.check(chain, chain.front, needs)
    about_changes = [rule for rule in rules if rule.subject is Change]
    for change in changes(before, topologies) if about_changes else ():
        for rule in _for_both(about_changes, change.before, change.after):
            yield from rule.check(change, change.after, needs)


def _by_subject(product: str, rules: Iterable[Rule]) -> Mapping[Subject, Sequence[Rule]]:
    """The rules that are asked about that product, so that no visit asks again."""
    found: dict[Subject, list[Rule]] = defaultdict(list)
    for rule in rules:
        if product in rule.products:
            found[rule.subject].append(rule)
    return found


def _for_both(rules: Iterable[Rule], one: Topology, other: Topology) -> Iterable[Rule]:
    return (rule for rule in rules if one.product in rule.products and other.product in rule.products)


def _visit(topology: Topology, needs: Needs, rules: Mapping[Subject, Sequence[Rule]]) -> Iterable[Finding]:
    for rule in rules.get(Topology, ()):
        yield from rule.check(topology, topology, needs)
    about_listeners = rules.get(Listener, ())
    for listener in topology.listeners:
        # Routes whose listener was not read (Envoy's RDS).
        alone = topology.product == "envoy" and not listener.binds and not topology.complete
        for rule in () if alone else about_listeners:
            yield from rule.check(listener, topology, needs)
    about_pools, about_servers = rules.get(Pool, ()), rules.get(Server, ())
    for pool in topology.pools:
        partly, alone = pool.partly_read, _endpoints_alone(pool, topology)
        for rule in about_pools:
            if not (partly and rule.theme in OF_SHARES) and not (alone and rule.name not in OF_ENDPOINTS):
                yield from rule.check(pool, topology, needs)
        for server in pool.servers if about_servers and not alone else ():
            for rule in about_servers:
                for finding in rule.check(server, topology, needs):
                    yield finding if finding.pool else replace(finding, pool=pool.name)


def _endpoints_alone(pool: Pool, topology: Topology) -> bool:
    """A cluster has a name among its options; that of endpoints stands with them."""
    return topology.product == "envoy" and not topology.complete and pool.discovery == "EDS" and "name" not in pool.options
