"""`poise diff`: what a change does to the traffic and to the findings, from one look at each side."""

import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from poise.app.acceptances import Declared, declared, where_it_stands
from poise.app.acceptances import needs_path as where_needs_are
from poise.app.audit import texts_of
from poise.app.diff_needs import found, held
from poise.app.unmatched import matched
from poise.balance import diff as balance_diff
from poise.balance.pairing import DEEPEST, Key, paired, tails
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.forecast import ConfigurationDiff
from poise.reading.read import Reading, Sources, judged_by, read
from poise.rules import RULES
from poise.rules.ignore import RULE_NAME, silence


def diff(
    old: str,
    new: str,
    needs_path: str | None,
    today: date,
    targets: Mapping[str, str] | None = None,
    old_targets: Mapping[str, str] | None = None,
) -> ConfigurationDiff:
    """What the change from one file or folder to the other does to the traffic, the findings that it brings, and those that it removes.

    `targets` names versions by product; `old_targets` those that the old side ran on, where they were others: an upgrade is a change too.
    """
    named = targets or {}
    return compared(Sources((old,), targets={**named, **(old_targets or {})}), Sources((new,), targets=named), needs_path, today)


def compared(
    old: Sources, new: Sources, needs_path: str | Declared | None, today: date, working_tree: str | None = None
) -> ConfigurationDiff:
    """The same for any sources. Both sides are held against the same needs: those given, or those nearest to the new configuration.

    `working_tree` is where the files stand whose copies are read (`Sources.here`): a copy that includes one of them is told.
    """
    absent = [_no_file(sources) for sources in (old, new)]
    if all(absent):
        return ConfigurationDiff((), could_not=(CouldNot(os.devnull, "both sides are no file: name a configuration on one of them"),))
    beside = old.first if absent[1] else new.first
    needs, unread = declared(needs_path, beside)
    excluded = (*new.exclude, *needs.audit.exclude)
    by = judged_by(old if absent[1] else new)
    before, after = (
        Reading((), (), {}) if none else read(replace(sources, exclude=excluded), by=by)
        for none, sources in zip(absent, (old, new), strict=True)
    )
    by_needs = held(needs_path, beside, before.topologies, after.topologies)
    # What only the old one has is no slip: the change may be its removal.
    needs, unmatched, remarks = matched(needs, (*by_needs.first[0], *by_needs.first[1]), where_needs_are(needs_path, beside))
    remarks += where_it_stands(needs_path, beside)
    for scope, _ in by_needs.further:
        remarks += scope.remarks
        unmatched += (*scope.unread, *scope.unmatched)
    astray = [entry for sources, side in ((old, before), (new, after)) for entry in _astray(sources, side, working_tree)]
    told = (*before.could_not, *after.could_not, *unread, *unmatched, *astray)
    noted = tuple(dict.fromkeys((*before.remarks, *after.remarks, *remarks)))
    left_out = tuple(dict.fromkeys((*before.excluded, *after.excluded)))
    if not all(side.topologies or none for side, none in zip((before, after), absent, strict=True)):
        # With one side missing everything would look new or removed: that is no change of traffic, it is a file that was not read.
        return ConfigurationDiff((), could_not=tuple(dict.fromkeys(told)), remarks=noted, excluded=left_out)
    judged = found(needs, by_needs, before.topologies, after.topologies, today)
    was, now = (_standing(side, findings) for side, findings in zip((before, after), judged, strict=True))
    pairs = paired(was, now, _keys())
    return ConfigurationDiff(
        balance_diff.diff(before.topologies, after.topologies, needs, by_needs.own),
        tuple(come for gone, come in pairs if come and not gone),
        tuple(gone for gone, come in pairs if gone and not come),
        tuple(dict.fromkeys((*told, *balance_diff.unknown((*before.topologies, *after.topologies))))),
        noted,
        left_out,
        balance_diff.routes(before.topologies, after.topologies),
    )


def _no_file(sources: Sources) -> bool:
    """git names this device where a file is new or deleted (git difftool, GIT_EXTERNAL_DIFF): that side has nothing, and can be read."""
    return sources.paths == (os.devnull,) and not sources.in_order


def _astray(sources: Sources, reading: Reading, working_tree: str | None) -> Iterator[CouldNot]:
    """An include by its whole path leads out of the copy: what it names was read as it is today."""
    if sources.here is None or working_tree is None:
        return
    for topology in reading.topologies:
        for file in topology.files:
            if file.startswith(f"{working_tree}/"):
                said = f"it includes {file} by its whole path, which was read from the working tree and not from that revision"
                yield CouldNot(topology.file, said)


def _standing(reading: Reading, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Without what the files themselves ignore."""
    left = silence(findings, texts_of(reading, findings), RULES.names, reading.topologies)
    return tuple(f for f in left if f.rule != RULE_NAME)


def _keys() -> Iterator[Key[Finding]]:
    """What makes two findings the same: what they are about, in a file of that name if there is one. Moved lines are no difference."""
    for at in range(DEEPEST):
        yield partial(_in_file, at)
    yield _about


def _in_file(at: int, finding: Finding) -> Hashable:
    return (*_about(finding), tails(finding.location.file)[at])


def _about(finding: Finding) -> tuple[str, str | None, str | None]:
    return finding.rule, finding.pool, finding.server
