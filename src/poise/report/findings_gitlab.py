"""An audit as GitLab's Code Quality report. Pure. Source: GitLab's documentation, "Code Quality", report format."""

from typing import Any

from poise.model.audit import Audit
from poise.report.findings_sarif import Fingerprints, relative

SEVERITIES = {"error": "critical", "warning": "minor", "info": "info"}


def to_gitlab(audit: Audit, root: str = "") -> list[dict[str, Any]]:
    """One entry a finding, and one for each thing that could not be read, so that nobody takes silence for health.

    Files are named relative to `root`, the folder of the repository.
    """
    prints = Fingerprints(root)
    made = [
        {
            "description": f"{f.message}; {f.why}. {f.remedy}.",
            "check_name": f.rule,
            "fingerprint": prints.of(f),
            "severity": SEVERITIES[f.severity],
            "location": {"path": relative(f.location.file, root)[0], "lines": {"begin": f.location.line}},
        }
        for f in audit.findings
    ]
    made += [
        {
            "description": f"could not read: {c.reason}",
            "check_name": "could-not-read",
            "fingerprint": prints.digest("could-not-read", relative(c.what, root)[0], c.reason, str(number)),
            "severity": "blocker",
            "location": {"path": relative(c.what, root)[0], "lines": {"begin": c.line or 1}},
        }
        for number, c in enumerate(audit.could_not)
    ]
    return made
