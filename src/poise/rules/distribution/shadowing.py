"""Which of HAProxy's rules an earlier one leaves nothing to: /search below a rule that takes all that begins with /s. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from poise.balancers.haproxy.criteria import COMPARISONS, Condition, Criterion, condition
from poise.model.light import dataclass
from poise.model.topology import Listener, Route

# Patterns longer than this are compared as far as that only.
LONGEST = 2000
# Patterns that are looked up for one listener: a thousand rules that each name a thousand are nobody's.
MOST = 200_000
# Every comparison that may hold wherever this one does.
WIDER = {"str": ("str", "beg", "end"), "beg": ("beg",), "end": ("end",), "dom": (), "dir": (), "sub": ()}
# What parts one piece from the next where whole pieces are compared.
PIECES = {"dom": "./?:", "dir": "/?"}
# So many patterns that may stand anywhere are compared with every later one.
LOOSE = 50
# So many characters tell most patterns apart, so that few lengths are tried.
HEAD = 8


@dataclass(frozen=True, slots=True)
class Shadow:
    """`route` never gets requests with these `patterns`, since `first` takes them; `all_of_it` says that nothing else is left for it."""

    route: Route
    first: Route
    patterns: tuple[str, ...]
    all_of_it: bool


class _Taken:
    """What the rules so far take, whatever else a request has: by what is looked at, how it is compared, and the pattern."""

    def __init__(self) -> None:
        # With upper and lower case as written, and in lower case for patterns that ignore it.
        self.exact: dict[tuple[str, str, str], Route] = {}
        self.folded: dict[tuple[str, str, str], Route] = {}
        # The lengths that there are patterns of, by what is looked at, how, and the first characters (of "end" the last), without case.
        self.lengths: dict[tuple[str, str, str], set[int]] = {}
        # Patterns that may stand anywhere, by what is looked at.
        self.loose: dict[str, list[tuple[str, str, bool, Route]]] = {}
        self.asked = 0

    def add(self, wanted: Criterion, route: Route) -> None:
        self.asked += len(wanted.patterns)
        if wanted.how in ("dom", "dir", "sub"):
            loose = self.loose.setdefault(wanted.fetch, [])
            loose += [(wanted.how, p, wanted.fold, route) for p in wanted.patterns if p][: LOOSE - len(loose)]
            return
        for pattern in wanted.patterns:
            self.lengths.setdefault((wanted.fetch, wanted.how, _head(pattern, wanted.how)), set()).add(len(pattern))
            self.exact.setdefault((wanted.fetch, wanted.how, pattern), route)
            if wanted.fold:
                self.folded.setdefault((wanted.fetch, wanted.how, pattern.lower()), route)

    def _lengths(self, fetch: str, how: str, pattern: str) -> Sequence[int]:
        """How long those patterns may be that take this one in."""
        if how == "str":
            return (len(pattern),) if len(pattern) <= LONGEST else ()
        found = {*self.lengths.get((fetch, how, ""), ()), *self.lengths.get((fetch, how, _head(pattern, how)), ())}
        return sorted(length for length in found if length <= len(pattern) and length <= LONGEST)

    def by(self, wanted: Criterion, pattern: str) -> Route | None:
        """The rule that takes all requests with that pattern."""
        self.asked += 1
        for how in WIDER[wanted.how]:
            for length in self._lengths(wanted.fetch, how, pattern):
                piece = pattern[len(pattern) - length :] if how == "end" else pattern[:length]
                low = piece.lower()
                found = self.exact.get((wanted.fetch, how, piece)) or self.folded.get((wanted.fetch, how, low))
                found = found or (self.exact.get((wanted.fetch, how, low)) if wanted.fold else None)
                if found is not None:
                    return found
        for how, piece, fold, route in self.loose.get(wanted.fetch, ()):
            text, part = (pattern.lower(), piece.lower()) if fold or wanted.fold else (pattern, piece)
            if part in text and (how == "sub" or _is_piece(text, part, PIECES[how], wanted.how)):
                return route
        return None


def _head(pattern: str, how: str) -> str:
    """The characters by which patterns are sorted into few; "" for one that is too short to have them."""
    return (pattern[-HEAD:] if how == "end" else pattern[:HEAD]).lower() if len(pattern) >= HEAD else ""


def _is_piece(text: str, part: str, marks: str, how: str) -> bool:
    """Whether `part` stands in `text` between marks, or at an end that the comparison fixes."""
    # What begins (or ends) with a text may go on with anything.
    start = f"{chr(0) if how in ('end', 'sub') else ''}{text[:LONGEST]}{chr(0) if how in ('beg', 'sub') else ''}"
    at = start.find(part)
    while at >= 0:
        before, after = start[at - 1 : at] if at else "", start[at + len(part) : at + len(part) + 1]
        if (not before or before in marks) and (not after or after in marks):
            return True
        at = start.find(part, at + 1)
    return False


def shadows(listener: Listener) -> Iterator[Shadow]:
    """Rules of a listener that lose some or all of their requests to earlier ones for another pool, in order."""
    taken = _Taken()
    for route in listener.routes:
        asked = condition(route.condition, listener.options) if taken.asked < MOST else None
        if asked is None:
            continue
        if not asked.negated:
            found = _lost(asked, route, taken)
            if found is not None:
                yield found
        _note(asked, route, taken)


def _lost(asked: Condition, route: Route, taken: _Taken) -> Shadow | None:
    lost: list[str] = []
    firsts: list[Route] = []
    kept = False
    for branch in asked.branches:
        best: tuple[list[str], list[Route], bool] = ([], [], True)
        for term in branch:
            if term.negated or not term.any_of:
                continue
            pairs = [(p, taken.by(each, p)) for each in term.any_of for p in (each.patterns if _plain(each) else ())]
            gone = [(p, first) for p, first in pairs if first is not None and first.pool != route.pool]
            whole = bool(gone) and len(gone) == len(pairs) and all(_plain(each) for each in term.any_of)
            # A term that is lost in part only says something where nothing else is asked for.
            if whole or (gone and len(branch) == 1 and best[2]):
                best = ([p for p, _ in gone], [first for _, first in gone], not whole)
        lost += best[0]
        firsts += best[1]
        kept = kept or best[2]
    return Shadow(route, firsts[0], tuple(dict.fromkeys(lost)), not kept) if firsts else None


def _note(asked: Condition, route: Route, taken: _Taken) -> None:
    for branch in asked.branches if not asked.negated else ():
        if len(branch) == 1 and not branch[0].negated:
            for each in branch[0].any_of:
                if _plain(each) or (not each.whole and _plain(replace(each, whole=True))):
                    taken.add(each, route)


def _plain(each: Criterion) -> bool:
    """Whether what it takes is a list of texts that is written here: no numbers, no chance."""
    text = each.whole and bool(each.fetch) and each.how in WIDER and not each.fetch.startswith("rand")
    return text and not any(pattern in COMPARISONS for pattern in each.patterns)


def pattern_list(patterns: Sequence[str], most: int = 4) -> str:
    """Patterns for a message, the first few."""
    return ", ".join(patterns[:most]) + (" …" if len(patterns) > most else "")
