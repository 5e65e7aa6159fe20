"""An audit as SARIF 2.1.0 (OASIS), which code-scanning services take. Pure."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from posixpath import normpath
from typing import Any
from urllib.parse import quote

from poise import __version__
from poise.model.audit import Audit
from poise.model.finding import Finding
from poise.model.location import Location
from poise.rules import RULES
from poise.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
# The word that GitHub's code scanning sorts by beside the level.
PROBLEM = {"error": "error", "warning": "warning", "info": "recommendation"}
ROOT = "%SRCROOT%"


def to_sarif(audit: Audit, root: str = "") -> dict[str, Any]:
    """One run. `results` is there even when it is empty: without it uploads are refused as incomplete.

    `root` is the folder that files below it are named relative to (an absolute path), as services want it that know the repository only.
    """
    used = sorted({f.rule for f in audit.findings})
    numbers = {name: number for number, name in enumerate(used)}
    prints = Fingerprints(root)
    spoken_of = {f.location.file for f in audit.findings}
    lines = {name: text.split("\n") for name, text in audit.texts if name in spoken_of}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "poise", "version": __version__, "rules": [_rule(name, RULES.named(name)) for name in used]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, numbers[f.rule], root, prints, lines.get(f.location.file, ())) for f in audit.findings],
        "invocations": [
            {
                "executionSuccessful": not audit.could_not,
                "toolExecutionNotifications": [
                    {
                        "level": level,
                        "message": {"text": c.reason},
                        "locations": [{"physicalLocation": place(c.what, c.line or 1, None, root)}],
                    }
                    for level, entries in (("error", audit.could_not), ("note", audit.not_judged))
                    for c in entries
                ]
                + [
                    {
                        "level": "note",
                        "message": {"text": r.text},
                        "locations": [{"physicalLocation": place(r.what, r.line or 1, None, root)}],
                    }
                    for r in audit.remarks
                ]
                + [
                    {"level": "note", "message": {"text": "excluded"}, "locations": [{"physicalLocation": place(name, 1, None, root)}]}
                    for name in audit.excluded
                ],
            }
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name, "shortDescription": {"text": "A comment or an acceptance that should silence a finding, and is wrong."}}
    page = (rule.page or "").strip()
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.section("What it finds")},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "precision": rule.confidence,
            "problem.severity": PROBLEM[rule.severity],
            "tags": [rule.theme, *rule.products],
        },
    }


def relative(file: str, root: str) -> tuple[str, bool]:
    """The file's name below `root`, and whether it is there; else the name as it is."""
    path = file if file.startswith("<") else normpath(file)
    if root and path.startswith(f"{root.rstrip('/')}/"):
        return path[len(root.rstrip("/")) + 1 :], True
    return path, not path.startswith(("/", "../", "<"))


def place(file: str, line: int, column: int | None, root: str, end: int | None = None) -> dict[str, Any]:
    """A `physicalLocation`: the file relative to `root` where it lies below, the line, and the columns where they are known."""
    path, inside = relative(file, root)
    # Names are bytes: those that are no UTF-8 come as surrogates.
    encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    columns = {"startColumn": column, "endColumn": end}
    region = {"startLine": line, **{name: value for name, value in columns.items() if value is not None}}
    artifact = {"uri": encoded, "uriBaseId": ROOT} if inside else {"uri": f"file://{encoded}" if path.startswith("/") else encoded}
    return {"artifactLocation": artifact, "region": region}


class Fingerprints:
    """What tells one finding from another although lines move: the second of the same has a number."""

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.seen: Counter[tuple[str, ...]] = Counter()

    def of(self, f: Finding) -> str:
        """The next finding's fingerprint, in the order of the report. It leaves the line out: an insertion above makes nothing new."""
        identity = (f.rule, relative(f.location.file, self.root)[0], f.pool or "", f.server or "")
        number = self.seen[identity]
        self.seen[identity] += 1
        return self.digest(*identity, str(number)) if number else self.digest(*identity)

    @staticmethod
    def digest(*parts: str) -> str:
        """One number for these texts."""
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _end(place: Location, lines: Sequence[str]) -> int | None:
    """The column behind the span, at most that behind its first line; None where the span or the line is not known."""
    if place.end <= place.start or not 1 <= place.line <= len(lines):
        return None
    # Spans count bytes, columns count characters, of which there are no more. A line may be megabytes long and have many findings.
    width, column = place.end - place.start, place.column - 1
    rest = lines[place.line - 1][column : column + width].rstrip("\r")
    span = rest.encode("utf-8", "surrogateescape")[:width].decode("utf-8", "replace")
    return place.column + len(span) if span else None


def _result(f: Finding, index: int, root: str, prints: Fingerprints, lines: Sequence[str]) -> dict[str, Any]:
    return {
        "ruleId": f.rule,
        "ruleIndex": index,
        "level": LEVELS[f.severity],
        "message": {"text": f"{f.message}; {f.why}. {f.remedy}."},
        "locations": [{"physicalLocation": place(f.location.file, f.location.line, f.location.column, root, _end(f.location, lines))}],
        "partialFingerprints": {"poise/v1": prints.of(f)},
        "properties": {"confidence": f.confidence, "fault": f.fault, "product": f.product, "pool": f.pool, "server": f.server},
    }
