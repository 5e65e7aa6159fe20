"""What an audit read, found, and could not do."""

from dataclasses import dataclass

from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.needs import Acceptance


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One configuration that was read. `target` is the product's version that the audit assumed, None if none was named."""

    file: str
    product: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole answer. `accepted` are findings that a named person accepted; `texts` the files as they were read, by name."""

    findings: tuple[Finding, ...]
    read: tuple[ReadFile, ...]
    could_not: tuple[CouldNot, ...] = ()
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
