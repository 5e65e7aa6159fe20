"""Configurations of one command that have a poise.toml of their own: each is judged by the nearest to it."""

import os
from collections.abc import Iterable, Sequence
from datetime import date

from poise.app.acceptances import Declared, needs_path
from poise.app.nearest_needs import nearest
from poise.app.unmatched import matched
from poise.model.chain import Chain
from poise.model.could_not import CouldNot
from poise.model.light import dataclass
from poise.model.needs import Needs
from poise.model.remark import Remark
from poise.model.topology import Topology
from poise.rules.engine import Judged, judge
from poise.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Scope:
    """Configurations, the poise.toml that is nearest to them, and what it declares of them."""

    file: str
    topologies: tuple[Topology, ...]
    needs: Needs
    unread: tuple[CouldNot, ...]
    unmatched: tuple[CouldNot, ...]
    remarks: tuple[Remark, ...]


def scopes(
    given: str | Declared | None, beside: str | None, topologies: Sequence[Topology]
) -> tuple[tuple[Topology, ...], tuple[Scope, ...]]:
    """The configurations that the first poise.toml is for, and those that have one nearer to them. One that was named is for all."""
    if given is not None:
        return tuple(topologies), ()
    held = needs_path(None, beside)
    by_folder: dict[str, str] = {}
    own: dict[str, list[Topology]] = {}
    first: list[Topology] = []
    for topology in topologies:
        folder = os.path.dirname(topology.file)  # noqa: PTH120 - of 10,000 files, quickly
        if folder not in by_folder:
            found = nearest(topology.file)
            by_folder[folder] = held if not os.path.lexists(found) or _same(found, held) else found
        file = by_folder[folder]
        (first if file == held else own.setdefault(file, [])).append(topology)
    return tuple(first), tuple(_scope(file, inside) for file, inside in own.items())


def judged_apart(
    parts: Sequence[tuple[Sequence[Topology], Needs, Sequence[Topology]]], rules: Sequence[Rule], today: date
) -> tuple[list[Judged], Judged]:
    """What is found in each part (configurations, their needs, what they were before), and in chains.

    What stands behind what may be of two parts: it is held against the needs that come first.
    """
    alone, pairs = ([rule for rule in rules if (rule.subject is Chain) == of_pairs] for of_pairs in (False, True))
    every = [topology for topologies, _, _ in parts for topology in topologies]
    return [judge(topologies, needs, alone, today, before) for topologies, needs, before in parts], judge(every, parts[0][1], pairs, today)


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _scope(file: str, topologies: Iterable[Topology]) -> Scope:
    from poise.app.needs import read_needs  # noqa: PLC0415 - only who has one waits for it

    inside = tuple(topologies)
    needs, unread = read_needs(file)
    needs, unmatched, remarks = matched(needs, inside, file)
    what = f"{len(inside)} configuration{'' if len(inside) == 1 else 's'}"
    said = [f"its needs and acceptances hold for the {what} that it is nearest to"]
    if needs.audit.exclude:
        said.append("what it excludes is read all the same: only the first poise.toml leaves files out")
    return Scope(file, inside, needs, unread, unmatched, (*remarks, *(Remark(file, each) for each in said)))
