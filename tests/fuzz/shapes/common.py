"""Inputs that are hostile whatever the product."""

from collections.abc import Callable
from random import Random

MB = 1_000_000


def repeated(piece: bytes) -> Callable[[int], bytes]:
    """So many bytes of this piece over and over."""
    return lambda size: piece * (size // len(piece))


def _random(size: int) -> bytes:
    return Random(size).randbytes(size)


def _text(size: int) -> bytes:
    return bytes(Random(size).choices(b" \t\n{}[]()\"'\\$#;:,-&*!|>%@ab01", k=size))


SHAPES: dict[str, tuple[Callable[[int], bytes], int]] = {
    "one-line": (repeated(b"x"), 10 * MB),
    "one-line-of-words": (repeated(b"word "), 4 * MB),
    "empty-lines": (repeated(b"\n"), 1 * MB),
    "crlf-lines": (repeated(b"\r\n"), 1 * MB),
    "carriage-returns": (repeated(b"\r"), 1 * MB),
    "random-bytes": (_random, 1 * MB),
    "random-signs": (_text, 1 * MB),
    "nuls": (repeated(b"\0"), 4 * MB),
    "not-utf-8": (repeated(b"\xff"), 2 * MB),
    "lone-surrogates": (repeated(b"\xed\xa0\x80"), 3 * MB),
    "byte-order-marks": (repeated(b"\xef\xbb\xbf"), 3 * MB),
    "quotes": (repeated(b'"'), 1 * MB),
    "quotes-with-blanks": (repeated(b' "'), 1 * MB),
    "single-quotes": (repeated(b"' "), 1 * MB),
    "backslashes": (repeated(b"\\"), 2 * MB),
    "opened-braces": (repeated(b"{"), 500_000),
    "opened-braces-on-lines": (repeated(b"a {\n"), 1 * MB),
    "closed-braces": (repeated(b"}"), 200_000),
    "opened-brackets": (repeated(b"["), 500_000),
    "dollars": (repeated(b"$"), 1 * MB),
    "opened-variables": (repeated(b'"${A'), 1 * MB),
    "comments": (repeated(b"# a comment\n"), 2 * MB),
    "ignore-comments": (repeated(b"# poise: ignore[single-server] because\n"), 500_000),
    "long-comment": (repeated(b"#"), 4 * MB),
    "opened-template": (repeated(b"{{ x\n"), 1 * MB),
    "opened-template-on-one-line": (repeated(b"{{ x"), 1 * MB),
    "opened-blocks-of-templates": (repeated(b"{% if x "), 1 * MB),
    "erb": (repeated(b"<% x\n"), 1 * MB),
    "dump-markers": (repeated(b"# configuration file /etc/nginx/a.conf:\n"), 400_000),
}
