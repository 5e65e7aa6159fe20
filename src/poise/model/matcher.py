"""Which alerts a receiver or a silence is about: `component=server web/*`, `severity!=info`. Pure."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Literal, get_args

from poise.model.light import dataclass

MatchField = Literal["load_balancer", "detector", "component", "pool", "severity"]
FIELDS: tuple[MatchField, ...] = get_args(MatchField)


class WrongMatcherError(ValueError):
    """It is no matcher; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition. `pattern` is a shell's: `*`, `?` and `[…]`; `negated` asks that it does not match."""

    field: MatchField
    pattern: str
    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Does it hold of an alert with these labels? A component goes by its whole name (`server web/app1`) or without its kind."""
        value = labels[self.field]
        found = fnmatchcase(value, self.pattern)
        if not found and self.field == "component":
            found = fnmatchcase(value.partition(" ")[2], self.pattern)
        return found != self.negated

    def __str__(self) -> str:
        return f"{self.field}{'!=' if self.negated else '='}{self.pattern}"


def parse_matcher(text: str) -> Matcher:
    """`FIELD=PATTERN` or `FIELD!=PATTERN`. Raises WrongMatcherError."""
    name, equals, pattern = text.partition("=")
    negated = name.endswith("!")
    field = name.removesuffix("!").strip()
    if not equals or field not in FIELDS or not pattern.strip():
        raise WrongMatcherError(f"{text!r} is no matcher: write FIELD=PATTERN or FIELD!=PATTERN, with one of {', '.join(FIELDS)}")
    return Matcher(field, pattern.strip(), negated)


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Do all of them hold?"""
    return all(matcher.matches(labels) for matcher in matchers)
