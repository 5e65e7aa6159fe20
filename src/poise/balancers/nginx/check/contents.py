"""The content of blocks that hold no directives but entries: types, map, geo, split_clients, charset_map."""

from collections.abc import Iterator

from poise.balancers.nginx.check.regexes import regex_problem
from poise.balancers.nginx.document import Directive
from poise.model.regexp import regexp

_PERCENT = regexp(r"(\d{1,3})(?:\.(\d{1,2}))?%")
_RANGE = regexp(r"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})-(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})")


def _types(block: Directive, entry: Directive) -> str | None:
    return None


def _map(block: Directive, entry: Directive) -> str | None:
    if entry.name in ("hostnames", "volatile") and not entry.args:
        return None
    if len(entry.args) != 1:
        return f"a `map` has entries of two words, this one has {len(entry.args) + 1}"
    if entry.name.startswith("~"):
        pattern = entry.name[2:] if entry.name.startswith("~*") else entry.name[1:]
        problem = regex_problem(pattern)
        return f"the regular expression `{pattern}` is broken: {problem}" if problem else None
    return None


def repeated(block: Directive) -> Iterator[tuple[Directive, str]]:
    """Entries of a `map` whose key stood above already; include and regular expressions may be repeated."""
    seen: set[str] = set()
    for entry in block.body or []:
        if len(entry.args) != 1 or entry.name == "include" or entry.name.startswith("~"):
            continue
        # Keys are compared without case; `\\` in front lets one begin with a sign.
        key = entry.name.lower()
        if key in seen:
            yield entry, f"`{entry.name}` stands twice in this map"
        seen.add(key)


def _split_clients(block: Directive, entry: Directive) -> str | None:
    # How many words follow is not checked by nginx.
    if entry.name == "*":
        return None
    found = _PERCENT.fullmatch(entry.name)
    if found is None or _hundredths(entry) == 0:
        return f"`{entry.name}` is no percentage such as 10% or 0.5%"
    return None


def over(block: Directive) -> Directive | None:
    """The entry of `split_clients` with which the percentages exceed 100%; behind `*` nothing is left."""
    total = 0
    for entry in block.body or []:
        total += _hundredths(entry) if entry.name != "*" else max(0, 10_000 - total)
        if total > 10_000:
            return entry
    return None


def _hundredths(entry: Directive) -> int:
    found = _PERCENT.fullmatch(entry.name)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0


def _geo(block: Directive, entry: Directive) -> str | None:
    name, args = entry.name, entry.args
    if name in ("ranges", "proxy_recursive", "volatile") and not args:
        return None
    if len(args) != 1:
        return f"`geo` has entries of two words, this one has {len(args) + 1}"
    ranges = any(each.name == "ranges" and not each.args for each in block.body or [])
    if name in ("default", "include") or (name == "delete" and ranges):
        return None
    address = args[0] if name in ("delete", "proxy") else name
    if ranges and name != "proxy":
        return None if _RANGE.fullmatch(address) else f"`{address}` is no range of addresses such as 10.0.0.0-10.0.0.255"
    return None if is_network(address) else f"`{address}` is no network such as 10.0.0.0/8"


def is_network(text: str) -> bool:
    """Whether nginx reads it as an address or network; host bits may be set, which it only warns of."""
    try:
        from ipaddress import ip_network  # noqa: PLC0415 - few configurations name networks, and it takes 5 ms to import

        ip_network(text, strict=False)
    except ValueError:
        return False
    address, slash, prefix = text.partition("/")
    return "%" not in address and (not slash or prefix.isdigit())


def _charset_map(block: Directive, entry: Directive) -> str | None:
    return None if len(entry.args) == 1 else f"`charset_map` has entries of two words, this one has {len(entry.args) + 1}"


CONTENTS = {"types": _types, "map": _map, "split_clients": _split_clients, "geo": _geo, "charset_map": _charset_map}
