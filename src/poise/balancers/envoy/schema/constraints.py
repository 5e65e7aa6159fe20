"""The limits that Envoy's API sets to a field (protoc-gen-validate): why a value breaks one, as the end of a sentence. Pure.

Source: https://github.com/bufbuild/protoc-gen-validate; checked with Envoy 1.40.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import ge, gt, le, lt

from poise.balancers.envoy.schema.scalars import Value
from poise.balancers.envoy.schema.table import enum, plain
from poise.model.regexp import regexp

_STRICT_NAME = regexp(r":?[0-9a-zA-Z!#$%&'*+-.^_|~`]+")
_CONTROL = regexp(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE_END = regexp(r"[\x00\n\r]")


def broken(value: Value, rules: Mapping[str, str], kind: str, type_name: str) -> str | None:
    """Why this value (a duration in nanoseconds, an enum as its number) is refused, None where it is not."""
    if "ignore_empty" in rules and not value:
        return None
    if isinstance(value, str):
        return _text(value, rules, kind)
    if isinstance(value, bool):
        wanted = rules.get("const")
        return f"must be {'true' if wanted == '1' else 'false'}" if wanted is not None and value != (wanted == "1") else None
    if kind == "e":
        return _enumerated(int(value), rules, type_name)
    return _number(value, rules, "s" if type_name == "google.protobuf.Duration" else "")


_KEPT: Mapping[str, Callable[[float, float], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


@cache
def _limit(written: str) -> float:
    """A limit of the table, exact where it is whole."""
    return int(written) if re.fullmatch(r"-?\d+", written) else float(written)


def _number(value: float, rules: Mapping[str, str], unit: str) -> str | None:
    for rule, words in (("gt", "more than"), ("gte", "at least"), ("lt", "less than"), ("lte", "at most")):
        if rule not in rules:
            continue
        limit = _limit(rules[rule])
        if not _KEPT[rule](value, limit):
            return f"must be {words} {limit / 10**9:g}s" if unit else f"must be {words} {limit:g}"
    for rule in ("in", "not_in", "const"):
        if rule in rules and ((format(value, "g") in rules[rule].split(",")) != (rule != "not_in")):
            return f"must {'not ' if rule == 'not_in' else ''}be one of {rules[rule]}"
    return None


def _enumerated(value: int, rules: Mapping[str, str], type_name: str) -> str | None:
    names = {number: name for name, (number, _) in reversed(enum(type_name).items())}
    if "defined_only" in rules and value not in names:
        return f"must be one of {', '.join(sorted(names.values()))}, not {value}"
    shown = names.get(value, str(value))
    if str(value) in rules.get("not_in", "").split(","):
        return f"must not be {shown}"
    if "in" in rules and str(value) not in rules["in"].split(","):
        return f"must not be {shown}"
    return None


def _text(value: str, rules: Mapping[str, str], kind: str) -> str | None:
    size = len(value) * 3 // 4 if kind == "y" else len(value)
    if "min_len" in rules and size < int(rules["min_len"]):
        return "must not be empty" if rules["min_len"] == "1" else f"must have at least {rules['min_len']} characters"
    if "max_len" in rules and size > int(rules["max_len"]):
        return f"must have at most {rules['max_len']} characters"
    if "len" in rules and size != int(rules["len"]):
        return f"must have {rules['len']} characters"
    if {"min_bytes", "max_bytes"} & rules.keys():
        count = len(value.encode("utf-8", "surrogatepass"))
        if not int(rules.get("min_bytes", "0")) <= count <= int(rules.get("max_bytes", str(count))):
            return f"must have {rules.get('min_bytes', '0')} to {rules.get('max_bytes', 'any')} bytes"
    return _form(value, rules)


def _form(value: str, rules: Mapping[str, str]) -> str | None:
    if "prefix" in rules and not value.startswith(plain(rules["prefix"])):
        return f"must begin with `{plain(rules['prefix'])}`"
    if "suffix" in rules and not value.endswith(plain(rules["suffix"])):
        return f"must end with `{plain(rules['suffix'])}`"
    if "in" in rules and value not in [plain(word) for word in rules["in"].split(",")]:
        return f"must be one of {plain(rules['in'])}"
    if "pattern" in rules and not re.search(plain(rules["pattern"]), value):
        return f"must have the form `{plain(rules['pattern'])}`"
    known = rules.get("well_known_regex")
    if known == "1" and rules.get("strict") != "0" and not _STRICT_NAME.fullmatch(value):
        return "must be the name of an HTTP header: letters, digits and !#$%&'*+-.^_|~`"
    if known == "2" and rules.get("strict") != "0" and _CONTROL.search(value):
        return "must hold no control characters"
    if known and rules.get("strict") == "0" and _LINE_END.search(value):
        return "must hold no line end"
    return None


def unset(rules: Mapping[str, str], kind: str, type_name: str) -> str | None:
    """Why a plain field may not be left out: unset it is empty, 0 or false, and the limits hold for that too."""
    if not rules:
        return None
    default: Value = "" if kind in "sy" else False if kind == "b" else 0
    return broken(default, rules, kind, type_name)
