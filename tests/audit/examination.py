"""The examination: single-fault configurations and their legitimate twins, written by another hand who had not seen the rules.

A case is a folder below `cases/<product>` with `bad.*`, `good.*` (and `old.*` where only the change does harm) and a `case.toml` that
names the defect by its label in the catalogue, and the lines at which a reader would put it. `catalogue.toml` says which rules find which
label; it was written before the cases were first run. A good configuration below `good/` stands alone.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from poise.app.audit import AuditOptions, audit
from poise.model.audit import Audit
from poise.model.finding import SEVERITY_ORDER, Finding
from poise.reading.read import Sources

HERE = Path(__file__).parent
PRODUCTS = ("haproxy", "nginx", "envoy")
# Acceptances have no part in the examination, so the day is of no meaning.
TODAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Case:
    """One folder. `lines` are those of the bad file where the finding may stand."""

    folder: Path
    product: str
    label: str
    fault: str
    lines: frozenset[int]
    target: str | None
    hosts: tuple[str, ...]

    @property
    def name(self) -> str:
        """product/slug."""
        return f"{self.product}/{self.folder.name}"

    def file(self, which: str) -> Path:
        """`bad`, `good` or `old`."""
        found = sorted(p for p in self.folder.glob(f"{which}.*") if p.suffix not in {".d", ".toml"})
        if len(found) != 1:
            raise ValueError(f"{self.folder}: {len(found)} files {which}.*, one is wanted")
        return found[0]

    def needs(self, which: str) -> str | None:
        """The poise.toml that holds for `bad` or `good`."""
        own = self.folder / f"{which}-poise.toml"
        both = self.folder / "poise.toml"
        return str(own) if own.exists() else str(both) if both.exists() else None

    @property
    def old(self) -> Path | None:
        """The configuration before the change, where the case is one."""
        return self.file("old") if any(self.folder.glob("old.*")) else None


def cases(root: Path = HERE / "cases") -> Iterator[Case]:
    """All cases, by product and name."""
    for product in PRODUCTS:
        for file in sorted((root / product).glob("*/case.toml")):
            said: dict[str, Any] = tomllib.loads(file.read_text())
            lines = frozenset((said["line"], *said.get("or_lines", ())))
            yield Case(file.parent, product, said["catalogue"], said["fault"], lines, said.get("target"), tuple(said.get("hosts", ())))


def good_files(root: Path = HERE / "good") -> Iterator[tuple[str, Path]]:
    """Product and path of each good configuration; a folder counts as one."""
    for product in PRODUCTS:
        for path in sorted((root / product).glob("*")):
            if path.is_dir() or path.suffix in (".cfg", ".conf", ".yaml", ".yml", ".json"):
                yield product, path


def right_rules() -> Callable[[Case], frozenset[str]]:
    """Which rules find the defect of a case: by its label in the catalogue, by its name where the catalogue has none."""
    said = tomllib.loads((HERE / "catalogue.toml").read_text())
    return lambda case: frozenset(said["case"].get(case.name, ()) if case.label == "NEW" else said["label"].get(case.label, ()))


def audited(case: Case, which: str) -> Audit:
    """What poise says of `bad` or `good`; where the case is a change, also what it says of the change."""
    targets = dict([case.target.split("=", 1)]) if case.target else {}
    options = AuditOptions(needs=case.needs(which), against=str(case.old) if case.old else None)
    return audit(Sources((str(case.file(which)),), targets=targets), options, TODAY)


def audited_good(path: Path) -> Audit:
    """What poise says of a good configuration, a file or a folder."""
    return audit(Sources((str(path),)), AuditOptions(), TODAY)


def loud(found: Audit) -> list[Finding]:
    """Findings that fail a run by default: warnings and errors."""
    return [f for f in found.findings if SEVERITY_ORDER.index(f.severity) >= SEVERITY_ORDER.index("warning")]


def caught(case: Case, found: Audit, rules: frozenset[str]) -> bool:
    """Whether one of the right rules speaks at one of the right lines of the bad file."""
    return any(f.rule in rules and f.location.line in case.lines for f in found.findings)
