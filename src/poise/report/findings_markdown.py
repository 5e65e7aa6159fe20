"""An audit as Markdown, for a merge request or a wiki. Pure."""

import re

from poise.model.audit import Audit
from poise.report.findings_text import summary
from poise.report.printable import one_line

SIGNS = {"error": "🔴 error", "warning": "🟡 warning", "info": "🔵 info"}


def cell(text: str) -> str:
    """Text for a table's cell: nothing in it is taken for markup, a column or HTML, and nobody is called by `@name`."""
    safe = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"@(?=\w)", "@<!-- -->", re.sub(r"([\\`*_\[\]|~#])", r"\\\1", safe))


def text(audit: Audit) -> str:
    """A table of findings, then what could not be read."""
    lines = [f"**poise audit:** {cell(summary(audit))}", ""]
    if audit.findings:
        lines += ["| severity | where | rule | what | what to do |", "|---|---|---|---|---|"]
        for f in audit.findings:
            what = f"{cell(f.message)}; {cell(f.why)}."
            lines.append(f"| {SIGNS[f.severity]} | {cell(str(f.location))} | {cell(f.rule)} | {what} | {cell(f.remedy)} |")
        lines.append("")
    if audit.fixed:
        lines += ["Fixed since the baseline:", "", *(f"- {cell(b.file)}: {cell(b.rule)}: {cell(b.message)}" for b in audit.fixed), ""]
    for title, entries in (("Could not:", audit.could_not), ("Not judged:", audit.not_judged)):
        if entries:
            lines += [title, "", *(f"- {cell(c.what)}{f':{c.line}' if c.line else ''}: {cell(c.reason)}" for c in entries), ""]
    if audit.remarks:
        lines += ["Remarks:", ""]
        lines += [f"- {cell(r.what)}{f':{r.line}' if r.line else ''}: {cell(r.text)}" for r in audit.remarks]
        lines.append("")
    return "\n".join(lines)
