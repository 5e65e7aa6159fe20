"""What HAProxy's conditions ask of a request, taken apart: what is looked at, how it is compared, and with what. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from poise.model.light import dataclass

# `path_beg` and `hdr_end(host)` are `path -m beg` and `hdr(host) -m end`.
_SUFFIX = r"(path|url|base|hdr|req\.hdr|req\.fhdr|cook|req\.cook|url_param|urlp|ssl_fc_sni|req\.ssl_sni)_(beg|end|dir|dom|sub|reg|len)\b"
_LOWER = r"(?:,(?:lower|field\(1,:\)|host_only))+$"
_PREFIXED = r"^req\.(?:f?hdr|cook)(?=\()|^fhdr(?=\()|^cookie(?=\()"
_WHOLE = {"req.hdr": "hdr", "req.fhdr": "hdr", "fhdr": "hdr", "req.cook": "cook", "cookie": "cook"}
COMPARISONS = ("eq", "ge", "gt", "le", "lt")
# Criteria that no request escapes. IPv6 clients do escape 0.0.0.0/0, but who writes it means everybody.
EVERYTHING = frozenset(
    (
        *("always_true", "path_beg /", "path -m beg /", "path_reg ^/", "path_reg .*", "path_reg ^/.*", "path_reg ^.*$"),
        *("src 0.0.0.0/0", "src 0.0.0.0/0 ::/0", "src ::/0 0.0.0.0/0", "dst 0.0.0.0/0", "hdr_reg(host) .*", "req.hdr(host) -m reg .*"),
    )
)
# A condition with more words than this is nobody's: it is left untold.
MOST_WORDS = 10_000
# A fetch with its converters that is longer is nobody's either: looking for their last ones from each would take for ever.
MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question: `fetch` is what is looked at (`hdr(host)`), `how` the comparison (str, beg, end, found, int …), `patterns` its values.

    `fold` says that upper and lower case are the same, `whole` that all patterns are here and none in a file.
    """

    fetch: str
    how: str
    patterns: tuple[str, ...]
    fold: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a condition: it holds where one of `any_of` does (an acl may have several lines), or where none does if `negated`.

    `name` is the acl's, None for one in braces. `any_of` is empty where the acl is not in this section.
    """

    any_of: tuple[Criterion, ...]
    negated: bool
    name: str | None


@dataclass(frozen=True, slots=True)
class Condition:
    """`branches` are or-ed, the terms of each and-ed; `negated` for `unless`."""

    negated: bool
    branches: tuple[tuple[Term, ...], ...]

    @property
    def only(self) -> Term | None:
        """Its one term, with the `unless` counted in; None where there are more."""
        if len(self.branches) != 1 or len(self.branches[0]) != 1:
            return None
        term = self.branches[0][0]
        return Term(term.any_of, term.negated != self.negated, term.name)


@lru_cache(maxsize=32)
def acls(text: str) -> Mapping[str, tuple[tuple[int, str], ...]]:
    """A section's acl lines by name, each with its number in the section. `text` is the section's `acl` option: a line for each."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(text.split("\n")):
        name, _, rest = line.partition(" ")
        if rest:
            found.setdefault(name, []).append((number, rest))
    return {name: tuple(lines) for name, lines in found.items()}


@lru_cache(maxsize=32)
def _declared(text: str) -> Mapping[str, tuple[Criterion, ...]]:
    """What a section's acls ask, each taken apart once however many rules name it."""
    return {name: tuple(_criterion(line.split()) for _, line in lines) for name, lines in acls(text).items()}


def condition(text: str | None, options: Mapping[str, str]) -> Condition | None:
    """The condition as written (`if a !b or { path /x }`); None for none. `options` are the section's."""
    words = (text or "").split()
    if words[:1] not in (["if"], ["unless"]) or len(words) > MOST_WORDS:
        return None
    known = _declared(options.get("acl", ""))
    branches: list[list[Term]] = [[]]
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        if word.lower() in ("or", "||"):
            branches.append([])
            continue
        bare = word.lstrip("!")
        negated = (len(word) - len(bare)) % 2 == 1
        if bare == "{":
            end = next((i for i in range(at, len(words)) if words[i] == "}"), len(words))
            branches[-1].append(Term((_criterion(words[at:end]),), negated, None))
            at = end + 1
        else:
            branches[-1].append(Term(known.get(bare, ()), negated, bare))
    return Condition(words[0] == "unless", tuple(tuple(branch) for branch in branches))


def criteria(wanted: Condition) -> Iterator[tuple[Term, Criterion]]:
    """Every criterion of a condition, with the term that it stands in."""
    for branch in wanted.branches:
        for term in branch:
            for each in term.any_of:
                yield term, each


@lru_cache(maxsize=1024)
def _looked_at(fetch: str) -> tuple[str, str, bool]:
    """What a word such as `hdr_beg(host),lower` looks at, how it compares, and whether case counts not. Rules have few such words."""
    how, fold = "", False
    found = re.match(_SUFFIX, fetch)
    if found:
        fetch, how = f"{found[1]}{fetch[found.end() :]}", found[2]
    lowered = re.search(_LOWER, fetch) if len(fetch) < MOST_CHARACTERS else None
    if lowered:
        fetch, fold = fetch[: lowered.start()], True
    fetch = re.sub(_PREFIXED, lambda m: _WHOLE[m[0]], fetch)
    return fetch.lower() if fetch.startswith("hdr(") else fetch, how, fold


def _criterion(words: Sequence[str]) -> Criterion:
    fetch, how, fold = _looked_at(words[0] if words else "")
    whole = True
    patterns: list[str] = []
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        if word == "-i":
            fold = True
        elif word == "-m" and at < len(words):
            how = words[at]
            at += 1
        elif word == "-f":
            whole = False
            at += 1
        elif word == "--":
            patterns += words[at:]
            break
        elif not (len(word) == 2 and word[0] == "-" and word[1] in "nuM"):
            patterns.append(word)
    return Criterion(fetch, how or "str", tuple(p.strip("\"'").replace("\\ ", " ") for p in patterns), fold, whole)


def intervals(patterns: Sequence[str]) -> tuple[tuple[float, float], ...] | None:
    """The whole numbers that patterns such as `lt 4` or `2:5 9` mean, as inclusive bounds in order; None where one is no number."""
    found: list[tuple[float, float]] = []
    operator = "eq"
    for word in patterns:
        if word in COMPARISONS:
            operator = word
            continue
        match = re.fullmatch(r"(-?\d{1,15})?(:)?(-?\d{1,15})?", word)
        if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
            return None
        low = float(match[1]) if match[1] else -float("inf")
        high = (float(match[3]) if match[3] else float("inf")) if match[2] else low
        bounds = {"eq": (low, high), "ge": (low, float("inf")), "gt": (high + 1, float("inf")), "le": (-float("inf"), high)}
        found.append(bounds.get(operator, (-float("inf"), low - 1)))
    return tuple(sorted(found)) or None


def inside(bounds: Sequence[tuple[float, float]], number: float) -> bool:
    """Whether one of these bounds takes that number in."""
    return any(low <= number <= high for low, high in bounds)


def share(wanted: Criterion) -> float | None:
    """The part 0–1 of requests that `rand(100) lt 5` means; None where the criterion is not one of chance.

    Several patterns are alternatives: `ge 20 lt 40` takes every number (measured with 2.6 and 2.8).
    """
    size = drawn_from(wanted.fetch)
    bounds = intervals(wanted.patterns) if size else None
    if size is None or bounds is None or wanted.how not in ("str", "int"):
        return None
    return part_of(bounds, size)


def drawn_from(fetch: str) -> int | None:
    """From how many numbers that fetch draws one by chance, each with the same probability; None where it draws none.

    Without an argument `rand` draws from 32 bits (configuration manual, 7.3.2; measured with 2.6 and 2.8).
    """
    found = re.fullmatch(r"rand(?:\((\d{1,9})\))?(?:,mod\((\d{1,9})\))?", fetch)
    return (int(found[2] or found[1] or 1 << 32) or None) if found else None


def part_of(bounds: Sequence[tuple[float, float]], size: int) -> float:
    """The part 0–1 of the whole numbers from 0 to `size` - 1 that these bounds in order take in."""
    taken, reached = 0.0, 0.0
    for low, high in bounds:
        first, last = max(low, reached), min(high, size - 1)
        if last >= first:
            taken, reached = taken + last - first + 1, last + 1
    return taken / size
