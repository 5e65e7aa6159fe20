"""Which files a command leaves out: `--exclude PATTERN` and `exclude` in poise.toml, by patterns as in a .gitignore. Pure."""

import os
import re
from collections.abc import Sequence

from pathspec import GitIgnoreSpec


class WrongPatternError(ValueError):
    """It is no pattern; the message says so to who wrote it."""


class Exclusion:
    """Asked for each file. `here` is the folder that stands for the one at hand, where files are read from a copy. `idle` are the patterns
    that have left nothing out so far, in the order given."""

    def __init__(self, patterns: Sequence[str], here: str | None = None) -> None:
        self._here = here
        self._patterns = {pattern: _spec(pattern) for pattern in patterns}
        self._used: set[str] = set()

    def __call__(self, path: str, folder: str | None = None) -> bool:
        """Whether the file is left out: by its name as it is reported, or by its place in the folder that was named."""
        names = [path] if folder is None else [path, os.path.relpath(path, folder)]
        if self._here is not None:
            names.append(os.path.relpath(path, self._here))
        matching = [pattern for pattern, spec in self._patterns.items() if any(spec.match_file(name) for name in names)]
        self._used.update(matching)
        return bool(matching)

    @property
    def idle(self) -> tuple[str, ...]:
        """Patterns that no file met."""
        return tuple(pattern for pattern in self._patterns if pattern not in self._used)


def _spec(pattern: str) -> GitIgnoreSpec:
    try:
        spec = GitIgnoreSpec.from_lines([pattern])
    except (ValueError, re.error):
        raise WrongPatternError(f"`{pattern}` is no pattern; write it as in a .gitignore, e.g. helm/**") from None
    if not any(each.include for each in spec.patterns):
        raise WrongPatternError(f"`{pattern}` leaves nothing out; write the pattern of files to leave out, e.g. helm/**")
    return spec
