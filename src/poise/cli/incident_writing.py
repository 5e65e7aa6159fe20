"""`poise incident postmortem`, `template` and `log`: what is written of an incident for people who were not there."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from poise.app.account import account
from poise.cli.file_output import write_file
from poise.cli.incident_options import IncidentId, incident_id, out, told_problems
from poise.cli.output import print_problem
from poise.cli.store_option import store_option
from poise.model.incident import PostmortemStatus

if TYPE_CHECKING:
    from poise.app.postmortem import PostmortemForm
    from poise.model.incident import Incident

RECORDING = click.option(
    "--recording", type=click.Path(path_type=Path), help="Folder of `poise watch --record`: adds figures, diagnosis and plan."
)
LOG = click.option("--log", type=click.Path(path_type=Path), help="Read the incident from a file of `poise incident log`; without ID.")
OUTPUT = click.option("--output", "--out", type=click.Path(path_type=Path), help="File to write instead of stdout.")
ID_OR_LOG = click.argument("incident_id", metavar="[ID]", type=IncidentId(), required=False)


@click.command(epilog="Example: poise incident postmortem last --output postmortem.md")
@ID_OR_LOG
@store_option
@RECORDING
@LOG
@click.option("--template", type=click.Path(path_type=Path), help="Your own, changed from that of `poise incident template`.")
@click.option("--format", "form", type=click.Choice(("markdown", "html")), default="markdown", show_default=True)
@click.option("--status", type=click.Choice(get_args(PostmortemStatus)), help="Declare how far it is before it is written.")
@click.option("--who", help="Who declares it. Default: the account's name.")
@OUTPUT
def postmortem(
    incident_id: str | None,
    store: Path | None,
    recording: Path | None,
    log: Path | None,
    template: Path | None,
    form: "PostmortemForm",
    status: PostmortemStatus | None,
    who: str | None,
    output: Path | None,
) -> None:
    """Write the postmortem: Markdown or a page, by a template that you can change.

    Each figure has a footnote with the number of the event that it comes from. Notes that begin with "Trigger:", "Contributing:",
    "Went well:", "Went wrong:", "Lucky:", "Surprised:" or "Others should know:" stand in those sections.
    """
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415 - start-up
        from poise.app import postmortem as writer  # noqa: PLC0415

        if status is not None:
            if log is not None or incident_id is None:
                raise app.IncidentError("--status is kept with the incident: name its ID, without --log")
            _declare(app.store_path(store), incident_id, status, who)
        incident = chosen(incident_id, store, log)
        text = writer.postmortem(incident, form, app.material(recording), template)
        written(text, output)
        if output is not None and form == "markdown":
            errors, warnings, remarks = writer.judged(text)
            print_problem(f"poise review {output}: {errors} errors, {warnings} warnings, {remarks} remarks")


@click.command(epilog="Example: poise incident template > postmortem.md.j2")
def template() -> None:
    """Print the template that postmortems are written by, to change it; `postmortem --template FILE` uses yours.

    It is Jinja: {{ timeline }} and the like are sections, {{ incident.impact.requests_failed }} or {{ durations.to_cause }} single facts.
    """
    from poise.app.postmortem import template_text  # noqa: PLC0415

    out(template_text(None))


@click.command(epilog="Example: poise incident log last > incident.jsonl")
@incident_id
@store_option
def log(incident_id: str, store: Path | None) -> None:
    """Print an incident's log, one JSON event a line: `--log FILE` reads it where there is no store."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415
        from poise.app.incident_file import log_lines  # noqa: PLC0415

        where = app.store_path(store)
        found = app.one(where, incident_id).id
        out(log_lines(found, app.history(where, found)))


def chosen(incident_id: str | None, store: Path | None, log: Path | None) -> "Incident":
    """The incident that is meant: of the store, or of a log's file. Raises IncidentError."""
    from poise.app import incident as app  # noqa: PLC0415
    from poise.app.incident_file import read_log  # noqa: PLC0415

    if (incident_id is None) == (log is None):
        raise app.IncidentError("name one incident: its ID (or last), or --log with a file of `poise incident log`")
    return read_log(log) if log is not None else app.one(app.store_path(store), str(incident_id))


def written(text: str, output: Path | None) -> None:
    """To that file, or to stdout."""
    if output is None:
        out(text)
    else:
        write_file(output, text)


def _declare(store: Path, incident_id: str, status: PostmortemStatus, who: str | None) -> None:
    from poise.app import incident_acts  # noqa: PLC0415

    now = datetime.now(UTC)
    incident_acts.postmortem(incident_acts.Act(store, incident_id, now, now, who or account()), status)


COMMANDS = (postmortem, template, log)
