"""Text from files, sockets and networks, made safe to show: nothing in it can move the cursor, recolour or reorder a terminal. Pure."""

from poise.model.regexp import regexp

# C0 and C1 controls (ECMA-48), DEL, line and paragraph separators, lone surrogates, and the bidirectional controls of "Trojan Source"
# (CVE-2021-42574), which make a line read otherwise than it is. Signs without width hide in a name: soft hyphen, zero-width space and
# joiners, invisible operators, byte order mark, and the tags of Unicode's block E0000, which can spell a whole hidden text.
UNSAFE = regexp(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """The text with every unsafe character written as its escape; line feeds and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def one_line(text: str) -> str:
    """Like `printable`, on one line."""
    return printable(text.replace("\n", "\\n").replace("\t", " "))
