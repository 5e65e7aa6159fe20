"""`poise audit`: read the files, run the rules, hold the findings against what was accepted and what the files themselves ignore."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from poise.app.read import read_configuration
from poise.model.audit import Audit, ReadFile
from poise.model.could_not import CouldNot
from poise.model.finding import SEVERITY_ORDER, Finding, Severity
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules import RULES
from poise.rules.engine import judge
from poise.rules.ignore import RULE_NAME, silence
from poise.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What to run. `select` empty means every rule; `target` is a version such as "2.6"."""

    needs: str | None = None
    select: Collection[str] = ()
    ignore: Collection[str] = ()
    target: str | None = None


def audit(paths: Sequence[str], options: AuditOptions, today: date) -> Audit:
    """The findings of all files and folders in `paths`, and whatever could not be read: nothing is dropped in silence."""
    topologies, unread = read_configuration(paths, target=options.target)
    needs, needs_unread = _needs(options.needs, paths[0] if paths else None)
    rules = chosen(options, {topology.product for topology in topologies})
    judged = judge(topologies, needs, rules, today)
    texts = _texts(topologies, judged.findings)
    findings = silence(judged.findings, texts, RULES.names)
    if options.select:
        findings = tuple(f for f in findings if f.rule != RULE_NAME or RULE_NAME in options.select)
    could_not = dict.fromkeys([*unread, *needs_unread, *(c for t in topologies for c in t.could_not), *_unknown_acceptances(needs.accept)])
    return Audit(
        findings=findings,
        read=tuple(ReadFile(t.file, t.product, t.target) for t in topologies),
        could_not=tuple(could_not),
        accepted=judged.accepted,
        texts=tuple(texts.items()),
    )


def chosen(options: AuditOptions, products: Collection[str]) -> tuple[Rule, ...]:
    """The rules for these products that `--select` and `--ignore` leave."""
    return tuple(r for r in RULES.of(products) if (not options.select or r.name in options.select) and r.name not in options.ignore)


def exit_code(audit: Audit, fail_on: Severity) -> int:
    """2 when something could not be read, else 1 when a finding is at least as severe as `fail_on`, else 0."""
    if audit.could_not:
        return 2
    return int(any(SEVERITY_ORDER.index(f.severity) >= SEVERITY_ORDER.index(fail_on) for f in audit.findings))


def compare(
    old: str, new: str, needs: str | None, today: date, target: str | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that the change from `old` to `new` brings, and those that it removes. Moved lines are neither.

    Both sides are held against the same needs: those given, or those beside the new configuration.
    """
    wanted, _ = _needs(needs, new)
    read = [read_configuration([path], target=target)[0] for path in (old, new)]
    if not all(read):
        return (), ()
    before, after = (judge(topologies, wanted, None, today).findings for topologies in read)
    return _only_in(after, before), _only_in(before, after)


def _only_in(these: Sequence[Finding], those: Sequence[Finding]) -> tuple[Finding, ...]:
    left = Counter((f.rule, f.pool, f.server) for f in those)
    only = []
    for f in these:
        key = (f.rule, f.pool, f.server)
        if left[key]:
            left[key] -= 1
        else:
            only.append(f)
    return tuple(only)


def _unknown_acceptances(accepted: Sequence[object]) -> list[CouldNot]:
    names = set(RULES.names)
    rules = [str(getattr(a, "rule", "")) for a in accepted]
    return [CouldNot("poise.toml", f"[accept.{r}] names no rule; `poise explain` lists them") for r in rules if r not in names]


def _needs(path: str | None, beside: str | None) -> tuple[Needs, tuple[CouldNot, ...]]:
    """The declared needs. Reading a poise.toml takes a library that is slow to import: only who has one waits for it."""
    folder = Path(beside or ".")
    if path is None and not any((place / "poise.toml").exists() for place in (folder, folder.parent)):
        return Needs(), ()
    from poise.app.needs import read_needs  # noqa: PLC0415

    return read_needs(path, beside)


def _texts(topologies: Sequence[Topology], findings: Sequence[Finding]) -> dict[str, str]:
    """The files again, for their comments and for excerpts. A file that has gone meanwhile just has no excerpt."""
    names = dict.fromkeys([*(t.file for t in topologies), *(f.location.file for f in findings)])
    texts: dict[str, str] = {}
    for name in names:
        path = Path(name)
        if path.is_file():
            texts[name] = path.read_bytes().decode("utf-8", "surrogateescape")
    return texts
