"""Text from files, sockets and networks, made safe to show: nothing in it can move the cursor, recolour or reorder a terminal. Pure."""

from poise.model.regexp import regexp

# C0 and C1 controls (ECMA-48), DEL, line and paragraph separators, lone surrogates, and the bidirectional controls of "Trojan Source"
# (CVE-2021-42574), which make a line read otherwise than it is. Signs without width hide in a name: soft hyphen, zero-width space and
# joiners, invisible operators, byte order mark, and the tags of Unicode's block E0000, which can spell a whole hidden text.
UNSAFE = regexp(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


# In JSON of ASCII alone: a pair that is one character, half of one, any other escape.
_ESCAPES = regexp(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\.")


def printable(text: str) -> str:
    """The text with every unsafe character written as its escape; line feeds and tabs stay. A byte that is no UTF-8 is `\\xe9`."""
    if text.isascii() and text.isprintable():
        return text
    return UNSAFE.sub(lambda found: _escape(ord(found[0])), text)


def without_lone_surrogates(json: str) -> str:
    """JSON whose texts hold no half of a character, which other programs refuse: it is written out, a byte that is no UTF-8 as `\\xe9`."""
    if "\\ud" not in json:
        return json
    return _ESCAPES.sub(lambda found: f"\\{_escape(int(found[1], 16))}" if found[1] else found[0], json)


def _escape(code: int) -> str:
    # Bytes that are not UTF-8 are held as U+DC80 to U+DCFF (PEP 383).
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return chr(code).encode("unicode_escape", "surrogatepass").decode("ascii")


def one_line(text: str) -> str:
    """Like `printable`, on one line."""
    return printable(text.replace("\n", "\\n").replace("\t", " "))
