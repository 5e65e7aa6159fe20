"""An audit as SARIF 2.1.0 (OASIS), which code-scanning services take. Pure."""

import hashlib
from typing import Any
from urllib.parse import quote

from poise import __version__
from poise.model.audit import Audit
from poise.model.finding import Finding
from poise.rules import RULES
from poise.rules.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def to_sarif(audit: Audit) -> dict[str, Any]:
    """One run. `results` is there even when it is empty: without it uploads are refused as incomplete."""
    used = sorted({f.rule for f in audit.findings})
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "poise", "version": __version__, "rules": [_rule(name, RULES.named(name)) for name in used]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, used.index(f.rule)) for f in audit.findings],
        "invocations": [
            {
                "executionSuccessful": not audit.could_not,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": c.reason},
                        "locations": [{"physicalLocation": _place(c.what, c.line or 1, None)}],
                    }
                    for c in audit.could_not
                ],
            }
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    page = (rule.page or "").strip()
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.section("What it finds")},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"precision": {"high": "high", "medium": "medium", "low": "low"}[rule.confidence]},
    }


def _place(file: str, line: int, column: int | None) -> dict[str, Any]:
    region = {"startLine": line} if column is None else {"startLine": line, "startColumn": column}
    return {"artifactLocation": {"uri": quote(file.removeprefix("./"), safe="/")}, "region": region}


def _result(f: Finding, index: int) -> dict[str, Any]:
    # The fingerprint leaves the line out, so that an insertion above does not make a known finding new.
    identity = "\0".join((f.rule, f.location.file, f.pool or "", f.server or ""))
    return {
        "ruleId": f.rule,
        "ruleIndex": index,
        "level": LEVELS[f.severity],
        "message": {"text": f"{f.message}. {f.why}. {f.remedy}."},
        "locations": [{"physicalLocation": _place(f.location.file, f.location.line, f.location.column)}],
        "partialFingerprints": {"poise/v1": hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()},
        "properties": {"confidence": f.confidence, "fault": f.fault, "product": f.product, "pool": f.pool, "server": f.server},
    }
