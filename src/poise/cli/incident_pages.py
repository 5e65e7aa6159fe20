"""`poise incident page`, `library` and `digest`: incidents as pages to open, to send and to learn from."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poise.cli.incident_options import told_problems
from poise.cli.incident_writing import ID_OR_LOG, LOG, OUTPUT, RECORDING, chosen, written
from poise.cli.instant import Instant
from poise.cli.store_option import store_option

if TYPE_CHECKING:
    from poise.app.incident_pages import DigestForm


@click.command(epilog="Example: poise incident page last --out incident.html")
@ID_OR_LOG
@store_option
@RECORDING
@LOG
@OUTPUT
def page(incident_id: str | None, store: Path | None, recording: Path | None, log: Path | None, output: Path | None) -> None:
    """Write an incident's page: where the time went, the figures, hypotheses and teams on one time axis, and what stands beside them.

    One file without a script that needs no network. With a recording it has the shares, errors and p99.
    """
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415 - start-up
        from poise.app import incident_pages as pages  # noqa: PLC0415

        incident = chosen(incident_id, store, log)
        others = () if log is not None else pages.alike(app.store_path(store), incident)
        written(pages.page(incident, app.material(recording).window, datetime.now(UTC), others), output)


@click.command(epilog="Example: poise incident library --out incidents.html")
@store_option
@OUTPUT
def library(store: Path | None, output: Path | None) -> None:
    """Write the page of all incidents: a bar each, lengths as dots, what comes again, action items and their age."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415
        from poise.app import incident_pages as pages  # noqa: PLC0415

        written(pages.library(app.store_path(store), datetime.now(UTC)), output)


@click.command(epilog="Example: poise incident digest --since 2026-10-01T00:00Z")
@store_option
@click.option("--since", type=Instant(), help="Only incidents opened since then.")
@click.option("--format", "form", type=click.Choice(("markdown", "html")), default="markdown", show_default=True)
@OUTPUT
def digest(store: Path | None, since: datetime | None, form: "DigestForm", output: Path | None) -> None:
    """Write what the incidents teach together: causes, wrong first suspicions, tests that save minutes, open action items."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415
        from poise.app import incident_pages as pages  # noqa: PLC0415

        written(pages.digest(app.store_path(store), form, datetime.now(UTC), since), output)


COMMANDS = (page, library, digest)
