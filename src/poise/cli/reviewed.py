"""How `poise review` prints what it found."""

import os

from poise.cli.output import colour, print_json, print_text, write
from poise.model.postmortem import ReviewRun


def show(run: ReviewRun, form: str) -> None:
    """The review in that format on standard output."""
    if form == "json":
        from poise.report import review_json  # noqa: PLC0415

        print_json(review_json.to_json(run))
    elif form == "sarif":
        from poise.report import review_sarif  # noqa: PLC0415

        print_json(review_sarif.to_sarif(run, os.getcwd()))  # noqa: PTH109 - quicker than pathlib
    elif form == "markdown":
        from poise.report import review_markdown  # noqa: PLC0415

        print_text(review_markdown.text(run))
    elif form == "html":
        from poise.report import review_page  # noqa: PLC0415

        write(review_page.html(run))
    else:
        from poise.report import review_text  # noqa: PLC0415

        print_text(review_text.text(run, colour()), painted=True)
