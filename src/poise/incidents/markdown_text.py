"""Text of others made safe for Markdown: it shows as it was written and can neither format, link, nor break a table."""

import re

from poise.model.plain_text import plain

__all__ = ["code", "plain", "safe"]

_SPECIAL = re.compile(r"([\\`*\[\]<>|~&$])")
_EDGE_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp):|www\.")
_BLOCK_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+](?=\s|$)|-{2,}|=+|\d{1,9}(?=[.)](?:\s|$)))")


def safe(text: str) -> str:
    """The text as plain words of a paragraph, list item or table cell."""
    line = _SPECIAL.sub(r"\\\1", plain(text))
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    # GitHub and others make links of bare addresses; an escaped colon or dot is the same text and no link.
    line = _LINK.sub(lambda m: m.group(0)[:-1] + "\\" + m.group(0)[-1], line)
    start = _BLOCK_START.match(line)
    if start is None:
        return line
    token = start.group(1)
    return f"\\{line}" if not token[0].isdigit() else f"{token}\\{line[len(token) :]}"


def code(text: str) -> str:
    """The text as inline code: fenced with more backticks than it holds in a row; a bar is escaped, as GFM tables want even in code."""
    line = plain(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"
