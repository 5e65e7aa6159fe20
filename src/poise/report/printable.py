"""Text from files, sockets and networks, made safe to show: nothing in it can move the cursor, recolour or reorder a terminal. Pure."""

import re

# C0 and C1 controls (ECMA-48), DEL, line and paragraph separators, lone surrogates, and the bidirectional controls of "Trojan Source"
# (CVE-2021-42574), which make a line read otherwise than it is. Signs without width hide in a name: zero-width space, word joiner, byte
# order mark.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]")


def printable(text: str) -> str:
    """The text with every unsafe character written as its escape; line feeds and tabs stay."""
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def one_line(text: str) -> str:
    """Like `printable`, on one line."""
    return printable(text.replace("\n", "\\n").replace("\t", " "))
