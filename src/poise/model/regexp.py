"""Regular expressions that are compiled when they are first asked: an audit knows a hundred, and a small file needs thirty of them.

Compiling all took a tenth of such an audit. What nearly every file needs, and what is asked a million times, is better compiled at once.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from re import compile as regexp
else:
    import re

    _ASKED = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split", "pattern", "flags", "groups", "groupindex")

    class regexp:  # noqa: N801 - it stands for a function
        """What `re.compile` would return for the same arguments."""

        __slots__ = ("_flags", "_text", *_ASKED)

        def __init__(self, text, flags=0):
            self._text, self._flags = text, flags

        def __getattr__(self, name):
            # Only for what is not there yet: the first question fills the slots, and every further one finds them.
            compiled = re.compile(self._text, self._flags)
            for each in _ASKED:
                setattr(self, each, getattr(compiled, each))
            return getattr(compiled, name)


__all__ = ["regexp"]
