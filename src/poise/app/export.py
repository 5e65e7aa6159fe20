"""`poise export`: what those who stay with Prometheus, Grafana and Alertmanager get from their configuration and needs."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from poise.app.acceptances import declared
from poise.app.acceptances import needs_path as where_needs_are
from poise.app.unmatched import matched
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.read import Sources, judged_by, read
from poise.report.prometheus import alertmanager, dashboard, rules, unit_tests
from poise.report.prometheus.figures import ENVOY, HAPROXY, POISE, Exporter
from poise.report.prometheus.rules import Part
from poise.report.prometheus.subjects import subjects_of

OWN = {"haproxy": HAPROXY, "envoy": ENVOY}
# One matcher of PromQL, as in job="edge"; several with commas.
_MATCHER = r'[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=|!=|=~|!~)\s*"(?:[^"\\\n]|\\.)*"'
MATCH = re.compile(rf"{_MATCHER}(?:\s*,\s*{_MATCHER})*")
_EQUAL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of one file, "" where there is nothing to make it of, and what could not be said."""

    text: str
    could_not: tuple[CouldNot, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export from: the configurations, the needs, and whose figures (`by_poise`: those of `poise watch`). `match` narrows."""

    sources: Sources
    needs_path: str | None = None
    by_poise: bool = False
    match: str = ""


def prometheus_rules(wanted: Wanted) -> Exported:
    """Recording and alerting rules."""
    parts, could_not = _parts(wanted)
    if not parts:
        return Exported("", could_not)
    first = shlex.quote(wanted.sources.first or "CONFIG")
    head = (
        f"Made by `poise export prometheus-rules {first}`; make it again when the configuration or poise.toml changes.\n"
        f"Figures: {', '.join(exporter.name for exporter, _ in parts)}. Needs Prometheus 2.42 or newer (keep_firing_for)."
    )
    return Exported(rules.as_yaml(rules.as_dict(parts, wanted.match, f"poise diagnose --live {first}"), head), could_not)


def rule_tests(wanted: Wanted, rule_file: str) -> Exported:
    """Unit tests of those rules, for `promtool test rules`."""
    parts, could_not = _parts(wanted)
    if not parts:
        return Exported("", could_not)
    data = unit_tests.as_dict(parts, rule_file, dict(_EQUAL.findall(wanted.match)))
    return Exported(rules.as_yaml(data, "Run with: promtool test rules THIS_FILE"), could_not)


def grafana_dashboard(wanted: Wanted) -> Exported:
    """The dashboard that shows what the rules record."""
    parts, could_not = _parts(wanted)
    if not parts:
        return Exported("", could_not)
    pools = [subject.pool for _, subjects in parts for subject in subjects]
    title = f"Load balancing of {pools[0]}" if len(pools) == 1 else "Load balancing"
    return Exported(json.dumps(dashboard.as_dict(title, parts[0][0].apart), indent=1) + "\n", could_not)


def alertmanager_routes(wanted: Wanted) -> Exported:
    """Routes and inhibition for those alerts."""
    parts, could_not = _parts(wanted)
    if not parts:
        return Exported("", could_not)
    head = (
        "Made by `poise export alertmanager`. The two receivers have no address yet: give them your own, or take over the route and the\n"
        "inhibition rules into the file that you have."
    )
    return Exported(rules.as_yaml(alertmanager.as_dict(parts[0][0].apart), head), could_not)


def _parts(wanted: Wanted) -> tuple[tuple[Part, ...], tuple[CouldNot, ...]]:
    """The exporters with their pools, the products in the order of the files."""
    needs, unread = declared(wanted.needs_path, wanted.sources.first)
    sources = replace(wanted.sources, exclude=(*wanted.sources.exclude, *needs.audit.exclude))
    reading = read(sources, by=judged_by(sources))
    needs, unmatched, _ = matched(needs, reading.topologies, where_needs_are(wanted.needs_path, sources.first))
    could_not = [*reading.could_not, *unread, *unmatched]
    parts: list[Part] = []
    for product in dict.fromkeys(t.product for t in reading.topologies):
        ours = [t for t in reading.topologies if t.product == product]
        exporter = POISE if wanted.by_poise else OWN.get(product)
        if exporter is None:
            could_not.append(CouldNot(ours[0].file, _of_nginx(ours[0].file)))
            continue
        subjects = subjects_of(ours, needs)
        if subjects:
            parts.append((exporter, subjects))
            could_not += _unseen(exporter, ours)
    if not parts and not could_not:
        file = reading.topologies[0].file if reading.topologies else wanted.sources.first or "the configuration"
        could_not.append(CouldNot(file, "has no pool with servers, so there is nothing to watch"))
    return tuple(parts), tuple(dict.fromkeys(could_not))


def _of_nginx(file: str) -> str:
    return (
        "nginx tells Prometheus nothing of servers and upstreams, so there is nothing to write for it. `poise watch` reads its access "
        f"log and can tell: run `poise watch {shlex.quote(file)} --metrics PORT`, let Prometheus read that port, and repeat this with "
        "--from poise"
    )


def _unseen(exporter: Exporter, topologies: Sequence[Topology]) -> list[CouldNot]:
    """Clusters of which Envoy's own figures tell no endpoint from another."""
    if exporter is not ENVOY:
        return []
    said = (
        "Envoy tells no endpoint from another in its figures without `track_cluster_stats: {per_endpoint_stats: true}`, so no rule about "
        "shares can fire: set it in the cluster, or use --from poise"
    )
    return [
        CouldNot(pool.location.file, f"pool {pool.name}: {said}", pool.location.line)
        for topology in topologies
        for pool in topology.pools
        if pool.servers and pool.options.get("track_cluster_stats.per_endpoint_stats") != "true"
    ]
