"""Lowers `server` and `server-template` lines, with what `default-server` gave them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from sys import intern

from poise.balancers.haproxy.document import Line, Word
from poise.balancers.haproxy.lower.behind import Behind, PlacesBehind
from poise.balancers.haproxy.lower.line_keywords import effective, server_keywords
from poise.balancers.haproxy.lower.settings import Check, Keyword, Settings
from poise.balancers.haproxy.lower.versions import Vocabulary
from poise.balancers.haproxy.values import address_error, duration, expand, integer
from poise.model.location import Location
from poise.model.regexp import regexp
from poise.model.topology import HealthCheck, Server

# What `no-X` switches off again (configuration manual, 5.2).
_OPPOSITES = {"enabled": "disabled", "disabled": "enabled", "stick": "non-stick", "non-stick": "stick"}
_NAME = regexp(r"[A-Za-z0-9_.:-]+")
# The beginning of a plain line of one server, with its name and address.
_PLAIN = re.compile(r"[ \t\v\f]*+server[ \t\v\f]++([A-Za-z0-9_.:-]++)[ \t\v\f]++([^ \t\v\f\r\n]++)")
_RANGE = regexp(r"(\d{1,9})(?:-(\d{1,9}))?")
# More slots than any HAProxy holds would only fill our memory: this many in all templates of a file together.
MOST_SLOTS = 20_000
# More checks in a row than this are taken for so many: years pass all the same, and their time stays one that can be told.
MOST_CHECKS = 1_000_000
# What stands behind so many addresses is kept: lines that are alike stand near each other.
MOST_ALIKE = 1000
_INTERVAL = timedelta(seconds=2)


def merge(into: dict[str, Keyword], found: Iterable[Keyword]) -> None:
    """Apply keywords in the order they stand: the last one of a kind wins, `no-check` takes `check` back."""
    for keyword in found:
        positive = keyword.name.removeprefix("no-") if keyword.name.startswith("no-") else None
        if positive is not None:
            into.pop(positive, None)
        opposite = _OPPOSITES.get(keyword.name)
        if opposite:
            into.pop(opposite, None)
        into.pop(keyword.name, None)
        into[keyword.name] = keyword


def lower_server(
    line: Line,
    file: str,
    settings: Settings,
    given: Mapping[str, Keyword],
    known: Vocabulary,
    alike: dict[str, Behind],
    unread: bool = False,
) -> tuple[tuple[Server, ...], str | None]:
    """The servers that one line declares (several for a template), and what HAProxy would refuse.

    `given` came from default-server; `alike` is what stood behind the addresses of other lines of the same configuration; `unread`: whether
    something of the line is already known to be missing.
    """
    plain = _PLAIN.match(line.raw) if line.read is None else None
    if plain is not None:
        name, target = plain.groups()
        behind = _behind_plain(line, plain.end(), file, given, known, alike)
        problem = behind.problem or address_error(target) or _agent(name, behind)
        return (_server(name, target, plain.span(2), line, file, behind, settings),), problem
    template = line.keyword == "server-template"
    head = 4 if template else 3
    words = effective(line.words, line)
    if len(words) < head:
        return (), f"`{words[0].value}` needs {'a prefix, a number and an address' if template else 'a name and an address'}"
    name = words[1].value
    if not _NAME.fullmatch(name):
        return (), f"`{name}` is not a name that HAProxy accepts for a server: only letters, digits and `-_.:` may stand in it"
    names: tuple[str, ...] = (name,)
    if template:
        numbers = _slots(words[2].value, settings.slots)
        if isinstance(numbers, str):
            return (), numbers
        settings.slots.append(len(numbers))
        names = tuple(f"{name}{number}" for number in numbers)
    address = words[head - 1]
    target, unset = expand(address.value, settings.environment)
    behind = _behind(words[head:], address.end, line, file, given, known)
    problem = behind.problem
    if unset:
        target = written(line, address)  # two variables without a value are not one address
        problem = problem or f"environment variable {unset} in the address has no value here. Set it for poise: {unset}=VALUE poise …"
    elif "$" not in address.value and "$" in written(line, address) and unread:
        target = written(line, address)
    problem = problem or (None if "$" in target else address_error(target)) or _agent(name, behind)
    first = _server(names[0], target, (address.start, address.end), line, file, behind, settings)
    if template:
        first = replace(first, template=len(names))
    # Slots of a template differ only in their names.
    servers = tuple(replace(first, name=each) for each in names) if template else (first,)
    return servers, problem


def _behind_plain(line: Line, at: int, file: str, given: Mapping[str, Keyword], known: Vocabulary, alike: dict[str, Behind]) -> Behind:
    """What stands behind column `at` of a plain line, where the same letters always say the same."""
    text = line.raw[at:]
    found = alike.get(text)
    if found is None or found.given is not given:
        if len(alike) >= MOST_ALIKE:
            alike.clear()
        found = alike[text] = _behind(line.words[3:], at, line, file, given, known)
    return found


def _behind(words: Sequence[Word], at: int, line: Line, file: str, given: Mapping[str, Keyword], known: Vocabulary) -> Behind:
    found, problem = server_keywords(words, file, line, known)
    merged = dict(given)
    merge(merged, found)
    return Behind(line, at, given, merged, {keyword: entry.value for keyword, entry in merged.items()}, problem)


def _agent(name: str, behind: Behind) -> str | None:
    if "agent-check" in behind.values and "agent-port" not in behind.values:
        return f"{name} has `agent-check` and no `agent-port`: HAProxy refuses the file"
    return None


def written(line: Line, word: Word) -> str:
    """The word as it stands in the file, without quotes: variables are not replaced."""
    return line.raw[word.start : word.end].replace('"', "")


def _slots(text: str, made: Sequence[int]) -> range | str:
    match = _RANGE.fullmatch(text)
    if match is None:
        return f"`{text}` is not a number or a range such as 1-3 of server-template: HAProxy refuses the line"
    low, high = (int(match.group(1)), int(match.group(2))) if match.group(2) else (1, int(match.group(1)))
    if low > high or high < 1:
        return f"`{text}` is an empty range of server-template: HAProxy refuses the line"
    if sum(made) + high - low >= MOST_SLOTS:
        return f"`{text}` declares more servers than poise reads in one file ({MOST_SLOTS})"
    return range(low, high + 1)


def _server(name: str, address: str, span: tuple[int, int], line: Line, file: str, behind: Behind, settings: Settings) -> Server:
    keywords, values = behind.keywords, behind.values
    text = values.get
    weight = keywords.get("weight")
    disabled, backup = "disabled" in values, "backup" in values
    slow = text("slowstart")
    by, whole = span[1] - behind.at, line.whole(file)
    places = PlacesBehind(behind, line, whole, span[0], by)
    return Server(
        # Pools name their servers alike, and load balancers that stand beside each other have the same.
        name=intern(name),
        address=intern(address),
        role="disabled" if disabled or settings.disabled else "backup" if backup else "active",
        weight=integer(weight.value) if weight else 1,
        location=whole,
        backup=backup,
        disabled=disabled,
        check=_check(values, settings, behind.place(keywords["check"], line, file, by)) if "check" in values else None,
        track=text("track"),
        agent_check="agent-check" in values,
        maxconn=_limit(text("maxconn")),
        minconn=_limit(text("minconn")),
        maxqueue=_limit(text("maxqueue")),
        slow_start=_time(slow, timedelta()) if slow is not None else None,
        cookie=text("cookie"),
        server_id=integer(text("id") or "") or None,
        tls="ssl" in values,
        tls_verify=text("verify"),
        resolvers=text("resolvers"),
        init_addr=text("init-addr"),
        on_error=text("on-error"),
        observe=text("observe"),
        options=values,
        places=places,
        spots=places,
    )


def _limit(value: str | None) -> int | None:
    # 0 and anything HAProxy reads as 0 mean: no limit.
    return (integer(value) or None) if value is not None else None


def _time(text: str, otherwise: timedelta) -> timedelta:
    found = duration(text)
    return otherwise if isinstance(found, str) else found


def _check(values: Mapping[str, str], settings: Settings, location: Location) -> HealthCheck:
    how: Check = settings.check
    inter, fall, rise = values.get("inter"), values.get("fall"), values.get("rise")
    return HealthCheck(
        kind="http" if how.kind == "http" else "tcp" if how.kind == "tcp" and not how.scripted else "other",
        # Configuration manual, 5.2: inter 2s, fall 3, rise 2.
        interval=_time(inter, _INTERVAL) if inter else _INTERVAL,
        fall=min(integer(fall), MOST_CHECKS) if fall else 3,
        rise=min(integer(rise), MOST_CHECKS) if rise else 2,
        method=how.method,
        path=how.path,
        address=values.get("addr"),
        port=_limit(values.get("port")),
        expect=how.expect,
        location=location,
    )
