"""Looks for the answer in all that a trainee can read."""

import re
from collections.abc import Iterable, Mapping, Sequence

from poise.model.light import dataclass

# Words of the drill's own machinery, which no file of a real service would hold.
ALWAYS = ("inject", "red herring", "wrong turn", "oracle run", "spoiler")


@dataclass(frozen=True, slots=True)
class Leak:
    """A word where it may not stand."""

    where: str
    word: str
    line: str


def leaks(texts: Mapping[str, str], words: Iterable[str], machinery: Iterable[str] = ALWAYS) -> tuple[Leak, ...]:
    """Every place where one of the words stands, in any case, with spaces, `-` and `_` alike; names of files are read
    too. `machinery` are words that no file of a real service holds."""
    patterns = [
        (word, re.compile(r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", word))), re.IGNORECASE)) for word in (*words, *machinery)
    ]
    found = []
    for name, text in texts.items():
        for line in (name, *text.splitlines()):
            found += [Leak(name, word, line.strip()[:160]) for word, pattern in patterns if pattern.search(line)]
    return tuple(found)


def apart_in_time(times: Mapping[str, float], seconds: float = 1.0) -> Sequence[str]:
    """Files whose time of change tells which of them was touched last; empty where all are alike."""
    if not times:
        return ()
    usual = sorted(times.values())[len(times) // 2]
    return tuple(name for name, at in times.items() if abs(at - usual) > seconds)
