"""An audit as annotations of GitHub Actions. Pure. Source: GitHub's "Workflow commands", setting an error message."""

from poise.model.audit import Audit
from poise.report.findings_sarif import relative
from poise.report.findings_text import excluded

# So many of the files that were left out are named.
MOST_SHOWN = 10
LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def text(audit: Audit, root: str = "") -> str:
    """One workflow command a line. What could not be read is an error, so that nobody takes silence for health.

    Files are named relative to `root`, the folder of the repository: only those that the service knows get their annotation.
    """
    lines = [
        f"::{LEVELS[f.severity]} file={_property(relative(f.location.file, root)[0])},line={f.location.line},col={f.location.column},"
        f"title={_property(f.rule)}::{_data(f'{f.message}; {f.why}. {f.remedy}')}"
        for f in audit.findings
    ]
    lines += [
        f"::error file={_property(relative(c.what, root)[0])}{f',line={c.line}' if c.line else ''},title=could not read::{_data(c.reason)}"
        for c in audit.could_not
    ]
    lines += [
        f"::notice file={_property(relative(c.what, root)[0])}{f',line={c.line}' if c.line else ''},title=not judged::{_data(c.reason)}"
        for c in audit.not_judged
    ]
    lines += [
        f"::notice file={_property(relative(r.what, root)[0])}{f',line={r.line}' if r.line else ''},title=remark::{_data(r.text)}"
        for r in audit.remarks
    ]
    if audit.excluded:
        shown = ", ".join(audit.excluded[:MOST_SHOWN]) + (" …" if len(audit.excluded) > MOST_SHOWN else "")
        lines.append(f"::notice title=excluded::{_data(f'{excluded(audit.excluded)}: {shown}')}")
    return "".join(f"{line}\n" for line in lines)
