"""The list of rules, each imported when it is first asked for: nobody who audits nginx waits for HAProxy's rules. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import overload

from poise.model.light import dataclass
from poise.rules.mentioned import plain
from poise.rules.rule import Rule

# Words with spaces between, for all products or by product (`("haproxy",)`).
Words = str | Mapping[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: the rule `name` stands in rules/`theme`/ and is asked about `products`; it is silent where none of its `words`
    is mentioned."""

    theme: str
    name: str
    products: tuple[str, ...]
    words: Words = ""

    def speaks(self, mentioned: str, products: Collection[str]) -> bool:
        """Whether it can find anything in a configuration of these products that mentions this (`mentioned`)."""
        return any(product in products and self._speaks(mentioned, product) for product in self.products)

    def _speaks(self, mentioned: str, product: str) -> bool:
        words = (self.words if isinstance(self.words, str) else self.words.get((product,), "")).split(" ")
        return any(plain(word) in mentioned for word in words)

    def rule(self) -> Rule:
        """The rule itself. Raises ImportError or AttributeError for a line without its module, which is our own bug."""
        return _imported(self.theme, self.name)


@cache
def _imported(theme: str, name: str) -> Rule:
    module = import_module(f"poise.rules.{theme}.{name.replace('-', '_')}")
    rule = module.RULE
    if not isinstance(rule, Rule):
        raise TypeError(f"{module.__name__}.RULE is not a rule")
    return rule


class Registry(Sequence[Rule]):
    """All rules in their order. Names, themes and products are known without importing one; a rule is imported when it is taken out."""

    def __init__(self, *lines: tuple[str, str, tuple[str, ...]] | tuple[str, str, tuple[str, ...], Words]) -> None:
        self.entries = tuple(Entry(*line) for line in lines)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Rule]:
        return (entry.rule() for entry in self.entries)

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        if isinstance(index, slice):
            return tuple(entry.rule() for entry in self.entries[index])
        return self.entries[index].rule()

    @property
    def names(self) -> tuple[str, ...]:
        """Every rule's name, in order."""
        return tuple(entry.name for entry in self.entries)

    @property
    def themes(self) -> tuple[str, ...]:
        """Every theme once, in order."""
        return tuple(dict.fromkeys(entry.theme for entry in self.entries))

    def named(self, name: str) -> Rule | None:
        """The rule of that name, None if there is none."""
        return next((entry.rule() for entry in self.entries if entry.name == name), None)

    def about(self, products: Collection[str]) -> tuple[Entry, ...]:
        """The lines of the rules that are asked about any of these products."""
        asked = set(products)
        return tuple(entry for entry in self.entries if not asked.isdisjoint(entry.products))

    def of(self, products: Collection[str], wanted: Callable[[Entry], bool] = lambda _: True) -> tuple[Rule, ...]:
        """The rules that are asked about any of these products, those of them that are `wanted`."""
        return tuple(entry.rule() for entry in self.about(products) if wanted(entry))
