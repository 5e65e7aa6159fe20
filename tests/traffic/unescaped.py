"""Values as they were before nginx escaped them for its log."""

import re

_HEX = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_JSON = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/bfnrt]))')
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def unescape_default(value: bytes) -> bytes:
    r"""`\x22` is one byte again. A backslash of the request is itself written `\x5C`, so nothing is taken twice."""
    return _HEX.sub(lambda found: bytes((int(found[1], 16),)), value) if b"\\" in value else value


def unescape_json(value: bytes) -> bytes:
    r"""`\"`, `\\`, `\n`, `\u0001` … are one byte again; nginx writes `\u00XX` for control bytes only and leaves all above as they are."""
    if b"\\" not in value:
        return value

    def meant(found: re.Match[bytes]) -> bytes:
        return chr(int(found[1], 16)).encode("utf-8", "surrogatepass") if found[1] else _SHORT.get(found[2], found[2])

    return _JSON.sub(meant, value)
