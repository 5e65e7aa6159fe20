"""Which name was meant by one that nothing bears: told from an index, as thousands of names are asked about thousands. Pure."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator

# No name in the wild is longer; all that are one letter shorter are kept of each.
LONGEST = 100
# Letters of one name times letters of all others: half a second. Who has more unknown names serves another configuration.
MOST_WORK = 20_000_000


class Slips:
    """Finds the name of which another is a slip of the fingers: case, `-` for `_`, two letters swapped, one left out or doubled.

    Another letter or number in one place is none: app-a and app-b, web1 and web2 are siblings, each in its own configuration perhaps.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.whole: dict[str, str] = {}
        self.shortened: dict[str, str] = {}
        for name in names:
            folded = _folded(name)
            if len(folded) <= LONGEST:
                self.whole.setdefault(folded, name)
                for each in _shortened(folded):
                    self.shortened.setdefault(each, name)

    def of(self, name: str) -> str | None:
        """The one of the names that was probably meant."""
        folded = _folded(name)
        if len(folded) > LONGEST:
            return None
        found = (self.whole[each] for each in (folded, *_swapped(folded), *_shortened(folded)) if each in self.whole)
        return next(found, None) or self.shortened.get(folded)


def _folded(name: str) -> str:
    return re.sub("[_.]", "-", name.lower())


def _swapped(name: str) -> Iterator[str]:
    return (name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1))


def _shortened(name: str) -> Iterator[str]:
    """The name without one of its letters. Too little is left of a short one: a and ab are two names."""
    return (name[:at] + name[at + 1 :] for at in range(len(name)) if name[at].isalpha() and len(name) > 3)


class Similar:
    """Finds the name that is most like another, for so much work and no more."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def to(self, name: str, among: Collection[str], digits: bool = False) -> str | None:
        """The one of these names that is most like it. Without `digits`, names that differ in nothing else are siblings: web1, web2."""
        work = len(name) * sum(map(len, among))
        if work > self.left:
            return None
        self.left -= work
        folded = {each.lower(): each for each in among if digits or _word(each) != _word(name) or each.lower() == name.lower()}
        near = difflib.get_close_matches(name.lower(), folded, 1, 0.8)
        return folded[near[0]] if near else None


def _word(name: str) -> str:
    return re.sub(r"[0-9]+", "", name)
