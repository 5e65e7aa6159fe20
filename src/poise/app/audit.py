"""`poise audit`: read the files, run the rules, hold the findings against what was accepted and what the files themselves ignore."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from poise.app.acceptances import Declared, declared, idle, lasting, needs_path, unknown, where_it_stands
from poise.app.idle_patterns import idle_patterns
from poise.model.audit import Audit, Baselined
from poise.model.could_not import CouldNot
from poise.model.finding import SEVERITY_ORDER, Finding, Severity
from poise.model.light import dataclass
from poise.model.needs import Acceptance, Needs
from poise.model.remark import Remark
from poise.model.topology import Topology
from poise.reading.files import Text, is_folder, read_text
from poise.reading.read import Reading, Sources, judged_by, read
from poise.rules import RULES
from poise.rules.engine import Judged, judge, order
from poise.rules.ignore import RULE_NAME, silence
from poise.rules.mentioned import mentioned
from poise.rules.registry import Entry
from poise.rules.rule import Rule

if TYPE_CHECKING:
    from poise.app.needs_scopes import Scope

# The theme of the rules that are asked about two configurations.
CHANGES = "changes"
FailOn = Severity | Literal["never"]


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What to run. `select` and `ignore` hold names of rules and of themes, `select` empty means every rule; `baseline` and
    `write_baseline` are paths, `against` is the configuration that this one replaces."""

    needs: str | Declared | None = None
    select: Collection[str] = ()
    ignore: Collection[str] = ()
    baseline: str | None = None
    write_baseline: str | None = None
    against: str | None = None


def audit(sources: Sources, options: AuditOptions, today: date) -> Audit:
    """The findings of all these files and folders, and whatever could not be read: nothing is dropped in silence."""
    by = judged_by(sources)
    needs, needs_unread = declared(options.needs, sources.first)
    sources = replace(sources, exclude=(*sources.exclude, *needs.audit.exclude))
    reading = read(sources, by=by)
    old = Sources((options.against or "",), targets=sources.targets, exclude=sources.exclude, tell=sources.tell)
    before = read(old, by=by) if options.against else None
    if sources.tell is not None:
        sources.tell("judging what was read")
    # A pattern may be for what the old one held.
    idle_in = [each for each in reading.idle if before is None or each in before.idle]
    file = needs_path(options.needs, sources.first)
    first, further = _scopes(options, sources, reading)
    needs, unmatched, remarks = _matched(needs, first, file)
    texts = texts_of(reading, ())
    asked = chosen(options, {topology.product for topology in reading.topologies})
    # A rule of which nothing speaks would have found nothing: it ran.
    ran = {entry.name for entry in asked}
    declaring = next((each for each in (needs, *(scope.needs for scope in further)) if each.pool), needs)
    rules = speaking(asked, reading, before, texts, declaring)
    judged, idle_ones = _judged(first, needs, further, rules, today, before.topologies if before else ())
    texts = texts_of(replace(reading, texts=texts), judged.findings)
    found = [*silence(judged.findings, texts, RULES.names, reading.topologies, ran)]
    if not needs_unread:
        found += idle(judged.unused, ran, first, file, today)
    for scope, unused in idle_ones:
        found += idle(unused, ran, scope.topologies, scope.file, today) if not scope.unread else ()
    findings = tuple(sorted((f for f in found if f.rule != RULE_NAME or _wanted(RULE_NAME, "", options)), key=order))
    new, known, fixed, baseline_unread = _baselined(options, findings, texts, ran)
    unwritten = _unwritten(options.write_baseline, findings, texts)
    # What no file holds is not known: it counts.
    kept = options.write_baseline is not None and unwritten is None
    return Audit(
        findings=() if kept else new,
        read=tuple(by.told(topology) for topology in reading.topologies),
        could_not=tuple(
            dict.fromkeys(
                [
                    *reading.could_not,
                    *(before.could_not if before else ()),
                    *_unrelated(options.against, before, reading),
                    *needs_unread,
                    *unmatched,
                    *unknown(needs.accept, file),
                    *(entry for s in further for entry in (*s.unread, *s.unmatched, *unknown(s.needs.accept, s.file))),
                    *baseline_unread,
                    *([unwritten] if unwritten else []),
                ]
            )
        ),
        accepted=judged.accepted,
        texts=tuple(texts.items()),
        known=findings if kept else known,
        fixed=fixed,
        not_judged=tuple(dict.fromkeys(entry for topology in reading.topologies for entry in topology.not_judged)),
        remarks=(
            *reading.remarks,
            *reading.parts,
            *remarks,
            *where_it_stands(options.needs, sources.first),
            *lasting(needs.accept, file, today),
            *(remark for s in further for remark in (*s.remarks, *lasting(s.needs.accept, s.file, today))),
            *_unasked(options, asked, reading),
            *idle_patterns(idle_in, needs, file, sources.first),
        ),
        excluded=reading.excluded,
    )


def _unrelated(old: str | None, before: Reading | None, after: Reading) -> list[CouldNot]:
    """What to say of an old configuration that has nothing to do with the new one: no rule about the change can speak of it."""
    if old is None or before is None or not before.topologies or not after.topologies:
        return []
    was, now = ({(t.product, pool.name) for t in reading.topologies for pool in t.pools} for reading in (before, after))
    if not (was and now):
        was, now = ({(t.product, each.name) for t in reading.topologies for each in t.listeners} for reading in (before, after))
    if was & now or not (was and now):
        return []
    reason = "it has no pool in common with what was read, so what the change does could not be judged. Give --against what this replaces"
    return [CouldNot(old, reason)]


def _scopes(options: AuditOptions, sources: Sources, reading: Reading) -> tuple[tuple[Topology, ...], tuple["Scope", ...]]:
    folders = {os.path.dirname(topology.file) for topology in reading.topologies}  # noqa: PTH120 - of 10,000 files, quickly
    if options.needs is not None or (len(folders) < 2 and not is_folder(sources.first or "")):
        return reading.topologies, ()
    from poise.app.needs_scopes import scopes  # noqa: PLC0415 - only who names folders, or several files, waits for it

    return scopes(options.needs, sources.first, reading.topologies)


def _judged(
    first: Sequence[Topology], needs: Needs, further: "Sequence[Scope]", rules: Sequence[Rule], today: date, before: Sequence[Topology]
) -> tuple[Judged, "list[tuple[Scope, tuple[Acceptance, ...]]]"]:
    """What was found in all of them, and by scope the acceptances that nothing needs. A chain is held against the needs that come first."""
    if not further:
        return judge(first, needs, rules, today, before), []
    from poise.app.needs_scopes import judged_apart  # noqa: PLC0415 - as in `_scopes`

    (mine, *own), between = judged_apart([(first, needs, before), *((s.topologies, s.needs, before) for s in further)], rules, today)
    made = [mine, between, *own]
    accepted = sorted((each for judged in made for each in judged.accepted), key=lambda each: order(each[0]))
    unused = tuple(each for each in mine.unused if each in between.unused)
    found = Judged(tuple(sorted((f for judged in made for f in judged.findings), key=order)), tuple(accepted), unused)
    return found, [(scope, judged.unused) for scope, judged in zip(further, own, strict=True)]


def _matched(needs: Needs, topologies: Sequence[Topology], file: str) -> tuple[Needs, tuple[CouldNot, ...], tuple[Remark, ...]]:
    if not needs.pool and not needs.accept:
        return needs, (), ()
    from poise.app.unmatched import matched  # noqa: PLC0415 - only who declares needs waits for it

    return matched(needs, topologies, file)


def chosen(options: AuditOptions, products: Collection[str]) -> tuple[Entry, ...]:
    """The rules for these products that `--select` and `--ignore` leave; those about a change only where there is one."""
    compared = options.against is not None
    about = RULES.about(products)
    return tuple(entry for entry in about if _wanted(entry.name, entry.theme, options) and (compared or entry.theme != CHANGES))


def speaking(asked: Sequence[Entry], reading: Reading, before: Reading | None, texts: Mapping[str, str], needs: Needs) -> tuple[Rule, ...]:
    """Those of the rules asked that can find anything in what was read. With a second configuration that is all of them."""
    products = {topology.product for topology in reading.topologies}
    files = dict.fromkeys(name for topology in reading.topologies for name in (*topology.files, topology.file))
    said = None if before else mentioned(texts, files, products, bool(needs.pool))
    return tuple(entry.rule() for entry in asked if said is None or entry.speaks(said, products))


def _unasked(options: AuditOptions, rules: Sequence[Entry], reading: Reading) -> tuple[Remark, ...]:
    """What to say where `--select` leaves no rule that could find anything: that is no clean file."""
    if rules or not options.select or RULE_NAME in options.select or not reading.topologies:
        return ()
    change = "" if options.against is not None else ", or judges a change and needs `--against OLD`"
    names = ", ".join(sorted(options.select))
    return (Remark(reading.topologies[0].file, f"no rule was asked: what is selected ({names}) is about other products{change}"),)


def _wanted(name: str, theme: str, options: AuditOptions) -> bool:
    selected = not options.select or name in options.select or theme in options.select
    # A rule that is selected by its own name is wanted although its theme is not.
    return selected and name not in options.ignore and (theme not in options.ignore or name in options.select)


def exit_code(audit: Audit, fail_on: FailOn) -> int:
    """2 when something could not be read, else 1 when a finding is at least as severe as `fail_on`, else 0."""
    if audit.could_not:
        return 2
    if fail_on == "never":
        return 0
    return int(any(SEVERITY_ORDER.index(f.severity) >= SEVERITY_ORDER.index(fail_on) for f in audit.findings))


def _baselined(
    options: AuditOptions, findings: tuple[Finding, ...], texts: Mapping[str, str], ran: Collection[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Baselined, ...], tuple[CouldNot, ...]]:
    """Findings that are new, those that the baseline knows, its entries that are fixed, and what is wrong with it."""
    if options.baseline is None:
        return findings, (), (), ()
    from poise.app.baseline import names_of, read_baseline  # noqa: PLC0415 - only who has one waits for it
    from poise.rules.baseline import compare as held_against  # noqa: PLC0415

    baseline, unread = read_baseline(options.baseline)
    held = held_against(findings, baseline, texts, names_of(texts, options.baseline), {*ran, RULE_NAME})
    return held.new, held.known, held.fixed, unread


def _unwritten(path: str | None, findings: Sequence[Finding], texts: Mapping[str, str]) -> CouldNot | None:
    if path is None:
        return None
    from poise.app.baseline import write_baseline  # noqa: PLC0415 - only who wants one waits for it

    return write_baseline(path, findings, texts)


def texts_of(reading: Reading, findings: Sequence[Finding]) -> dict[str, str]:
    """All files that were read, for their comments and for excerpts. One that an include named is read again; a vanished one has none."""
    texts = dict(reading.texts)
    names = dict.fromkeys([*(name for t in reading.topologies for name in (*t.files, t.file)), *(f.location.file for f in findings)])
    for name in names:
        if name not in texts and reading.on_disk:
            read_again = read_text(name)
            if isinstance(read_again, Text):
                texts[name] = read_again.text
    return texts
