"""HAProxy's conditions as probabilities: what `rand` draws is reckoned with, what else they ask of a request is taken as given. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import count, pairwise
from math import prod

from poise.balancers.haproxy.criteria import EVERYTHING, Condition, Criterion, Term, drawn_from, inside, intervals, share
from poise.model.light import dataclass
from poise.model.topology import Listener

# `http-request set-var(txn.part) rand(100)` for every request: one number that all rules see.
_SET = re.compile(r"(?:content |connection |session )?set-var\(([^,()\s]+)\)(.*)")
_VARIABLE = re.compile(r"var\(([^,()\s]+)\)")

# A number of each variable that stands for all that conditions do not tell from it.
Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Chance:
    """One term: it holds with probability `drawn` by fresh draws, where a variable is in one of its bounds, or where `asked` is so."""

    drawn: float
    variables: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    asked: str | None
    negated: bool

    def probability(self, given: frozenset[str], numbers: Numbers) -> float:
        """Of requests to which just `given` applies, with these numbers in their variables."""
        sure = self.asked in given or any(inside(bounds, numbers[name]) for name, bounds in self.variables)
        holds = 1.0 if sure else self.drawn
        return 1 - holds if self.negated else holds


@dataclass(frozen=True, slots=True)
class Chances:
    """A condition: branches are or-ed, the terms of each and-ed, and each draw is a fresh one."""

    branches: tuple[tuple[Chance, ...], ...]
    negated: bool

    def probability(self, given: frozenset[str], numbers: Numbers) -> float:
        """As for a term."""
        none = prod(1 - prod(term.probability(given, numbers) for term in branch) for branch in self.branches)
        return none if self.negated else 1 - none

    @property
    def terms(self) -> Iterator[Chance]:
        """All terms of all branches."""
        return (term for branch in self.branches for term in branch)


ALWAYS = Chances(((),), False)


@dataclass(slots=True)
class Reader:
    """Takes a listener's conditions apart. `sizes` are its variables that hold one drawn number, by name."""

    sizes: Mapping[str, int]
    unique: Iterator[int] = field(default_factory=count)

    def chances(self, asked: Condition | None) -> Chances:
        """The condition as probabilities; without one it always holds."""
        if asked is None:
            return ALWAYS
        return Chances(tuple(tuple(self._term(term) for term in branch) for branch in asked.branches), asked.negated)

    def _term(self, term: Term) -> Chance:
        drawn, variables, rest = 0.0, [], []
        for each in term.any_of:
            part = 1.0 if _told(each) in EVERYTHING else 0.0 if each.fetch == "always_false" else share(each)
            bounds = self._bounds(each)
            if part is not None:
                drawn = 1 - (1 - drawn) * (1 - part)
            elif bounds is not None:
                variables.append(bounds)
            else:
                rest.append(each)
        if not term.any_of and term.name in ("TRUE", "FALSE"):
            return Chance(float(term.name == "TRUE"), (), None, term.negated)
        asked = (term.name or self._braces(rest[0])) if rest or not term.any_of else None
        return Chance(drawn, tuple(variables), asked, term.negated)

    def _bounds(self, asked: Criterion) -> tuple[str, tuple[tuple[float, float], ...]] | None:
        found = _VARIABLE.fullmatch(asked.fetch)
        bounds = intervals(asked.patterns) if found and found[1] in self.sizes and asked.how == "int" else None
        return (found[1], bounds) if found and bounds else None

    def _braces(self, asked: Criterion) -> str:
        # Patterns in a file are not here: what two such ask is never known to be the same.
        return f"{{ {_told(asked)} }}" if asked.whole else f"{{ {_told(asked)} -f #{next(self.unique) + 1} }}"


def _told(asked: Criterion) -> str:
    how = () if asked.how in ("str", "int") and not asked.fold else (f"-m {asked.how}",)
    fold = ("-i",) if asked.fold else ()
    return " ".join((asked.fetch, *how, *fold, *asked.patterns))


def drawn_variables(listener: Listener) -> Mapping[str, int]:
    """The variables that every request of the listener gets a drawn number in, just once, with how many numbers there are."""
    sizes: dict[str, int | None] = {}
    for keyword in ("tcp-request", "http-request"):
        text = listener.options.get(keyword, "")
        for line in text.split("\n") if "rand" in text else ():
            found = _SET.match(line)
            if found:
                # Only without a condition, and one that is set again is what nobody can follow.
                sizes[found[1]] = None if found[1] in sizes else drawn_from(found[2].strip())
    return {name: size for name, size in sizes.items() if size}


def cells(sizes: Mapping[str, int], conditions: Sequence[Chances]) -> dict[str, list[tuple[float, float]]]:
    """Of each variable that conditions ask about, one number for each part of its range that they tell apart, with the part's share."""
    cuts: dict[str, set[float]] = {}
    for name, bounds in (each for asked in conditions for term in asked.terms for each in term.variables):
        cuts.setdefault(name, {0.0, float(sizes[name])}).update(edge for low, high in bounds for edge in (low, high + 1))
    return {
        name: [(low, (high - low) / sizes[name]) for low, high in pairwise(sorted(edge for edge in edges if 0 <= edge <= sizes[name]))]
        for name, edges in cuts.items()
    }
