"""Whether a value is one that nginx takes: numbers, sizes, times, words of a list. None when it is, else what is wrong with it."""

from poise.balancers.nginx.directives import Form
from poise.balancers.nginx.directives.since import WORDS_SINCE
from poise.balancers.nginx.values import milliseconds, number, seconds, size


def _bounds(values: str) -> tuple[int, int]:
    low, _, high = values[2:-1].partition("-")
    return int(low), int(high)


def _number(text: str, values: str) -> str | None:
    found = number(text)
    if found is None:
        return f"`{text}` is no number"
    if "(" in values:
        low, high = _bounds(values)
        if not low <= found <= high:
            return f"{text} is not between {low} and {high}"
    return None


def _words(args: tuple[str, ...], values: str) -> str | None:
    known = values[2:-1].split("|")
    for word in args:
        # Enumerations ignore case (ngx_conf_set_enum_slot compares with strcasecmp), bit masks too.
        if word.lower() not in (each.lower() for each in known):
            return f"`{word}` is none of its values ({', '.join(known)})"
    return None


def value_problem(form: Form, args: tuple[str, ...]) -> str | None:
    """What nginx would refuse of these arguments, by the kind of values that the directive's table tells."""
    values = form.values
    first = args[0] if args else ""
    match values[:1]:
        case "f":
            return None if first.lower() in ("on", "off") else f"`{first}` is neither `on` nor `off`"
        case "n":
            return _number(first, values)
        case "z":
            return None if size(first) is not None else f"`{first}` is no size such as 8k or 1m"
        case "o":
            return None if size(first, "g") is not None else f"`{first}` is no size such as 8k, 1m or 1g"
        case "i":
            return None if milliseconds(first) is not None else f"`{first}` is no time such as 60s or 500ms"
        case "c":
            return None if seconds(first) is not None else f"`{first}` is no time in whole seconds such as 60s or 10m"
        case "b":
            if not number(first):
                return f"`{first}` is no number of buffers"
            return None if size(args[1]) else f"`{args[1]}` is no size such as 8k"
        case "e" | "k":
            return _words(args, values)
        case _:
            return None


def word_since(name: str, args: tuple[str, ...], version: tuple[int, int, int]) -> str | None:
    """What of these words came with a later version than the one named."""
    for word in args:
        since = WORDS_SINCE.get((name, word))
        if since and version < since:
            return f"`{word}` of `{name}` exists from nginx {'.'.join(map(str, since))} on"
    return None
