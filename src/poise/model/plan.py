"""What would repair a fault, step by step, and how each step is undone."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from poise.model.light import dataclass

Where = Literal["runtime", "file", "reload"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes start..end (exclusive) of a file with `new`; `old` must still stand there."""

    file: str
    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `command` is what an operator would type; `undo` its inverse. `edits` only where `where` is file."""

    what: str
    where: Where
    command: str
    undo: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order they must run. `expected_shares` by server; `confirm` are the things to watch; empty `steps` means nothing that
    poise can do to the load balancer repairs it, and `advice` says who can."""

    fault: str
    component: str
    steps: tuple[Step, ...]
    expected_shares: Mapping[str, float] = field(default_factory=dict)
    risk: str = ""
    confirm: tuple[str, ...] = ()
    advice: str = ""
