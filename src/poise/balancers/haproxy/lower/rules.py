"""Checks rules and their conditions for names that HAProxy does not know: a typo there makes it refuse the whole file."""

from collections.abc import Iterator, Sequence

from poise.balancers.haproxy import vocabulary as words_known
from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.conditions import condition_at
from poise.balancers.haproxy.lower.settings import Settings

# Lines that may end in a condition, and the word where it may begin at the earliest.
CONDITIONAL = {
    "use_backend": 2,
    "use-server": 2,
    "use-fcgi-app": 2,
    "http-request": 2,
    "http-response": 2,
    "http-after-response": 2,
    "tcp-request": 2,
    "tcp-response": 2,
    "redirect": 2,
    "monitor": 2,
    "force-persist": 1,
    "ignore-persist": 1,
    "stick": 3,
}
# Set by modules that the file loads, or by builds that not everybody has.
_FOREIGN = ("lua.", "51d", "wurfl", "da-csv", "ot.")


def rule(settings: Settings, line: Line, target_known: bool) -> str | None:
    """What HAProxy would refuse in this rule, None if nothing. `target_known` says the tables hold for the target's version."""
    keyword = line.words[0].value
    problem: str | None = None
    if keyword == "acl":
        problem = _declaration(settings, line, target_known)
    elif keyword == "filter":
        name = line.values[1] if len(line.words) > 1 else ""
        problem = None if name in words_known.FILTERS or not target_known else f"`filter {name}` is not a filter that HAProxy knows"
    elif target_known:
        problem = _action(line)
        if problem is None and keyword == "stick" and len(line.words) > 2:
            problem = expression(line.values[2])
    earliest = CONDITIONAL.get(keyword)
    if problem is None and earliest is not None:
        at = condition_at(line.words[earliest:])
        if at is not None:
            problem = _condition(settings, line.values[earliest + at + 1 :], target_known)
    return problem


def _declaration(settings: Settings, line: Line, target_known: bool) -> str | None:
    if len(line.words) < 3:
        return "`acl` needs a name and a criterion: HAProxy refuses the line"
    settings.acls.add(line.words[1].value)
    return expression(line.words[2].value) if target_known else None


def _action(line: Line) -> str | None:
    values = line.values
    keyword = values[0]
    if keyword in ("http-request", "http-response", "http-after-response"):
        known, action = words_known.ACTIONS[keyword], values[1] if len(values) > 1 else ""
    elif keyword in ("tcp-request", "tcp-response"):
        kind = values[1] if len(values) > 1 else ""
        if kind == "inspect-delay":
            return None
        found = words_known.ACTIONS.get(f"{keyword} {kind}")
        if found is None:
            return f"`{keyword} {kind}` is not one that HAProxy knows: it refuses the line"
        known, action, keyword = found, values[2] if len(values) > 2 else "", f"{keyword} {kind}"
        if action in ("if", "unless"):
            action = ""
    else:
        return None
    if action in known or action.startswith(_FOREIGN):
        return None
    if action and any(name.endswith("*") and action.startswith(name[:-1]) for name in known):
        return None
    return f"`{keyword} {action}` is not an action that HAProxy knows: it refuses the line"


def _condition(settings: Settings, values: Sequence[str], target_known: bool) -> str | None:
    inside = False
    fresh = False
    for value in values:
        if inside:
            if value == "}":
                inside = False
            elif fresh and target_known:
                problem = expression(value)
                if problem:
                    return problem
            fresh = False
            continue
        word = value.lstrip("!")
        if word == "{":
            inside = fresh = True
        elif word and word not in ("or", "||") and word not in settings.acls and word not in words_known.DEFAULT_ACLS:
            return f"the condition names `{word}`, for which there is no `acl` above: HAProxy refuses the line"
    return "the condition opens `{` and never closes it: HAProxy refuses the line" if inside else None


def expression(text: str) -> str | None:
    """What HAProxy would refuse in `fetch(args),converter(args)…`."""
    for index, part in enumerate(_parts(text)):
        name = part.split("(", 1)[0].strip()
        if not name or name.startswith(_FOREIGN):
            continue
        if index == 0 and name not in words_known.FETCHES:
            return f"`{name}` is nothing that HAProxy can look at in a request (no such fetch): it refuses the line"
        if index and name not in words_known.CONVERTERS:
            return f"`{name}` is not a converter that HAProxy knows: it refuses the line"
    return None


def _parts(text: str) -> Iterator[str]:
    """Cut at the commas outside brackets; a closing bracket inside quotes does not count (configuration manual, 2.2)."""
    depth, start, quote = 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and depth:
            quote = char
        elif char == "(" and not depth:
            depth = 1
        elif char == ")" and depth:
            depth = 0
        elif char == "," and not depth:
            yield text[start:index]
            start = index + 1
    yield text[start:]
