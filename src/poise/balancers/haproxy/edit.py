"""Changes a HAProxy configuration by the bytes that must change and no other."""

import re
from collections.abc import Iterable, Mapping

from poise.balancers.haproxy.document import Document, Line, Section, Word, byte_length
from poise.balancers.haproxy.lower.line_keywords import effective, server_keywords
from poise.balancers.haproxy.lower.settings import Keyword
from poise.balancers.haproxy.lower.versions import vocabulary
from poise.model.location import Location
from poise.model.plan import Edit
from poise.model.topology import Server, Topology

_BACK = ("backend", "listen")
# What HAProxy's reader would take as more than an ordinary character outside quotes.
_SPECIAL = re.compile(r"([ #\\'\"])")
_REFUSED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def _plain(value: str) -> str:
    if not value or _REFUSED.search(value):
        raise ValueError(f"{value!r} cannot stand on one line of a HAProxy configuration: give a value of printable characters")
    return _SPECIAL.sub(r"\\\1", value).replace("\t", "\\t")


def _pool(document: Document, pool: str) -> Section:
    for section in document.sections:
        if section.kind in _BACK and section.name == pool:
            return section
    known = ", ".join(section.name for section in document.sections if section.kind in _BACK) or "none"
    raise ValueError(f"{document.file}: there is no backend or listen section named {pool!r}. Pools in this file: {known}")


def _server_line(document: Document, pool: str, server: str) -> Line:
    section = _pool(document, pool)
    for line in section.lines:
        words = line.words
        if len(words) > 2 and words[0].value == "server" and words[1].value == server:
            return line
    for line in section.lines:
        words = effective(line.words)
        if len(words) > 3 and words[0].value == "server-template" and re.fullmatch(re.escape(words[1].value) + r"\d+", server):
            raise ValueError(
                f"{document.file}:{line.number}: {pool}/{server} comes from `server-template`, whose servers share one line: "
                "changing it would change all of them. Write the server out on a line of its own first, or change the template for all"
            )
    known = ", ".join(line.words[1].value for line in section.lines if line.keyword == "server" and len(line.words) > 1) or "none"
    raise ValueError(f"{document.file}: pool {pool} has no server named {server!r}. Its servers: {known}")


def _replace(document: Document, line: Line, start: int, end: int, new: str) -> Edit:
    head = line.offset + byte_length(line.raw[:start])
    old = line.raw[start:end]
    return Edit(document.file, head, head + byte_length(old), old, new)


def _opposite(name: str, found: Iterable[Keyword]) -> Word | None:
    """The word on the line that takes `name` back, such as `no-check` for `check`."""
    other = {"disabled": "enabled", "enabled": "disabled"}.get(name, f"no-{name}")
    return next((keyword.word for keyword in found if keyword.name == other), None)


def set_server_options(document: Document, pool: str, server: str, options: Mapping[str, str]) -> tuple[Edit, ...]:
    """The edits after which that server has these options; none for an option that already stands there as wanted.

    `options` maps a keyword to its value, "" for one that stands alone. A value on the line is replaced where HAProxy takes it from: its
    last occurrence. One that is not there, or comes from default-server, is inserted behind the address. Raises ValueError for an unknown
    pool or server, for a server of a server-template, and for a keyword that server lines do not have.
    """
    line = _server_line(document, pool, server)
    known = vocabulary(document.target)
    found, problem = server_keywords(line.words[3:], document.file, line, known)
    # What is wrong with the text itself: a quote that is never closed, a NUL byte.
    problem = problem or next((entry.reason for entry in document.could_not if entry.line == line.number), None)
    if problem:
        raise ValueError(f"{document.file}:{line.number}: this line is not changed because HAProxy would refuse it as it stands: {problem}")
    edits: list[Edit] = []
    inserted: list[str] = []
    for name, value in options.items():
        if name not in known.server_values and name not in known.server_flags:
            raise ValueError(f"`{name}` is not a keyword of a server line in HAProxy")
        if (name in known.server_flags) != (value == ""):
            raise ValueError(f"`{name}` {'stands alone and takes no value' if value else 'needs a value'} on a server line")
        last = next((keyword for keyword in reversed(found) if keyword.name == name), None)
        taken_back = _opposite(name, found) if not value else None
        if last is None and taken_back is not None:
            edits.append(_replace(document, line, taken_back.start, taken_back.end, name))
        elif last is None:
            inserted.append(f" {name}" + (f" {_plain(value)}" if value else ""))
        elif value and last.value_word is None:
            edits.append(_replace(document, line, last.word.end, last.word.end, f" {_plain(value)}"))
        elif value and last.value_word is not None and last.value != value:
            edits.append(_replace(document, line, last.value_word.start, last.value_word.end, _plain(value)))
    if inserted:
        at = line.words[2].end
        edits.append(_replace(document, line, at, at, "".join(inserted)))
    return tuple(sorted(edits, key=lambda edit: edit.start))


def set_numbers(topology: Topology, pool: str, option: str, values: Mapping[str, int]) -> tuple[Edit, ...]:
    """The edits after which these servers of the pool have `option` (weight or maxconn) as wanted; none where the file already says so.

    Works from the lowered file, where the text itself is not at hand. A value that stands on a `default-server` line is changed there once
    if all servers that take it from there want the same; else each server gets the option behind the address on its own line. Raises
    ValueError, which says what to write by hand, for servers that share a `server-template` line and where a word in the file is not the
    literal value (quotes, variables): its bytes are not known, and an edit without a guard could hit another text.
    """
    found = topology.pool(pool)
    servers = [s for s in (found.servers if found else ()) if s.name in values and _number(s, option) != values[s.name]]
    everyone = [s for each in topology.pools for s in each.servers]
    edits: dict[Edit, None] = {}
    for server in servers:
        value = values[server.name]
        if (sharers := sum(s.location == server.location for s in everyone)) > 1:
            raise ValueError(
                f"{server.location}: {pool}/{server.name} is one of {sharers} servers of a `server-template` line, which gives all of "
                f"them one {option}: write `{option} {value}` there for all, or write each server on a line of its own"
            )
        written = _place(server, option)
        if written is not None and not _within(written, server.location):
            shared = [s for s in everyone if _place(s, option) == written]
            alike = all(s in servers and values[s.name] == value for s in shared)
            written = written if alike else None
        if written is not None:
            edits[_literal(written, server.options.get(option, ""), str(value), option, value)] = None
        elif server.spots.address is not None:
            edits[_literal(server.spots.address, server.address, f"{server.address} {option} {value}", option, value)] = None
        else:
            raise ValueError(
                f"{server.location}: where the address of {pool}/{server.name} stands is not known: write `{option} {value}` by hand"
            )
    return tuple(edits)


def _number(server: Server, option: str) -> int | None:
    return server.weight if option == "weight" else server.maxconn


def _place(server: Server, option: str) -> Location | None:
    return server.spots.weight if option == "weight" else server.spots.maxconn


def _within(place: Location, line: Location) -> bool:
    return place.file == line.file and line.start <= place.start and place.end <= line.end


def _literal(place: Location, old: str, new: str, option: str, value: int) -> Edit:
    """Replace `old`, provided that it can be what stands there byte for byte; the edit carries it as its guard."""
    if not old or byte_length(old) != place.end - place.start:
        raise ValueError(f"{place}: the word is written with quotes or a variable: write `{option} {value}` there by hand")
    return Edit(place.file, place.start, place.end, old, new)


def set_pool_balance(document: Document, pool: str, algorithm: str) -> tuple[Edit, ...]:
    """The edits after which the pool uses `algorithm` (as behind `balance`, e.g. `roundrobin` or `hdr(X-User)`); none if it says so.

    The pool's last `balance` line is changed; without one, one is inserted below the header. Raises ValueError without such a pool.
    """
    words = algorithm.split()
    if not words:
        raise ValueError("give the algorithm that stands behind `balance`, e.g. roundrobin")
    section = _pool(document, pool)
    new = " ".join(_plain(word) for word in words)
    for line in reversed(section.lines):
        if line.keyword != "balance":
            continue
        if list(line.values[1:]) == words:
            return ()
        if len(line.words) == 1:
            return (_replace(document, line, line.words[0].end, line.words[0].end, f" {new}"),)
        return (_replace(document, line, line.words[1].start, line.words[-1].end, new),)
    header = section.header
    body = header.raw.rstrip("\r\n")
    ending = header.raw[len(body) :] or "\n"
    sample = section.lines[0].raw if section.lines else "    "
    indent = sample[: len(sample) - len(sample.lstrip(" \t"))] or "    "
    at = len(header.raw) if header.raw.endswith("\n") else len(body)
    text = f"{indent}balance {new}{ending}" if header.raw.endswith("\n") else f"{ending}{indent}balance {new}"
    return (_replace(document, header, at, at, text),)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` after the edits. Offsets are bytes of the file (UTF-8, other bytes as surrogates).

    Raises ValueError where the old bytes no longer stand or two edits overlap.
    """
    data = text.encode("utf-8", "surrogateescape")
    pieces: list[bytes] = []
    at = 0
    before: Edit | None = None
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        # The same insertion twice overlaps too, though it covers no byte.
        if edit.start < at or edit.end < edit.start or edit == before:
            raise ValueError(f"{edit.file}: two edits overlap at byte {edit.start}")
        old = data[edit.start : edit.end]
        if old != edit.old.encode("utf-8", "surrogateescape") or edit.end > len(data):
            raise ValueError(
                f"{edit.file}: the file has changed since it was read: byte {edit.start} no longer holds {edit.old!r}. "
                "Read it again and plan anew"
            )
        pieces += (data[at : edit.start], edit.new.encode("utf-8", "surrogateescape"))
        at, before = edit.end, edit
    pieces.append(data[at:])
    return b"".join(pieces).decode("utf-8", "surrogateescape")
