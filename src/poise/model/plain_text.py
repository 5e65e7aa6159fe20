"""Text of others as one line that any page, picture or document may hold. Pure."""

import unicodedata

_BREAKS = frozenset("\n\r\t\v\f\x85\u2028\u2029")
# Controls, format characters such as direction overrides, lone surrogates, private use and unassigned: XML 1.0 and HTML forbid some,
# and a reader sees none of them.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def plain(text: str) -> str:
    """The text's visible characters on one line, blanks joined."""
    line = "".join(" " if c in _BREAKS else c for c in text)
    return " ".join("".join(c for c in line if unicodedata.category(c) not in _UNSEEN).split())
