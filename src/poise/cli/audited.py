"""What `poise audit` does once its options are known. Without click, which takes a quarter of the time that a small file takes."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from poise.app import audit as judging
from poise.cli.output import colour, print_json, print_text
from poise.cli.progress import progress_line
from poise.reading.read import Sources

if TYPE_CHECKING:
    from collections.abc import Sequence


def plain(paths: "Sequence[str]") -> int:
    """`poise audit PATH…` without options, for which nothing needs to be parsed."""
    return audited(Sources(tuple(paths)), judging.AuditOptions(), "text", "warning")


def audited(sources: Sources, options: judging.AuditOptions, form: str, fail_on: judging.FailOn) -> int:
    """Print the findings in that format; the exit code."""
    with progress_line() as tell:
        result = judging.audit(sources if tell is None else replace(sources, tell=tell), options, datetime.now(UTC).date())
    root = os.getcwd()  # noqa: PTH109 - quicker than pathlib
    if form == "json":
        from poise.report import findings_json  # noqa: PLC0415

        print_json(findings_json.to_json(result))
    elif form == "sarif":
        from poise.report import findings_sarif  # noqa: PLC0415

        print_json(findings_sarif.to_sarif(result, root))
    elif form == "gitlab":
        from poise.report import findings_gitlab  # noqa: PLC0415

        print_json(findings_gitlab.to_gitlab(result, root))
    elif form == "markdown":
        from poise.report import findings_markdown  # noqa: PLC0415

        print_text(findings_markdown.text(result))
    elif form == "github":
        from poise.report import findings_github  # noqa: PLC0415

        print_text(findings_github.text(result, root))
    else:
        from poise.report import findings_text  # noqa: PLC0415

        print_text(findings_text.text(result, colour()), painted=True)
    return judging.exit_code(result, fail_on)
