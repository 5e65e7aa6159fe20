"""The components of one kind in a window's stack, as names and as the contract calls them."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise.detectors.places import Places
from poise.model.sample import ComponentKind, Window


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """`names` in the stack's order; `places` gives each in the contract's words its place there."""

    names: tuple[str, ...]
    places: Mapping[str, int]


def parts(window: Window, kind: ComponentKind) -> Parts:
    """All components of that kind; made anew only when the stack is another."""
    return window.memo.of(("parts", kind), (window.stack,), lambda: _parts(window, kind))


def _parts(window: Window, kind: ComponentKind) -> Parts:
    names = tuple(component.name for component in window.stack.of_kind(kind))
    return Parts(names, Places(kind, names))
