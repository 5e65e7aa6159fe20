"""`poise incident`: the log of what happened, and what comes of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from poise.app.account import account
from poise.cli import incident_acts, incident_meeting, incident_pages, incident_past, incident_writing
from poise.cli.file_output import write_file
from poise.cli.incident_options import incident_id, moment, out, told_problems
from poise.cli.instant import Instant, in_zone
from poise.cli.store_option import store_option
from poise.model.fault import LAYERS
from poise.model.incident import EntryKind, HypothesisState, TimeName, TimeSource

STATES = get_args(HypothesisState)
# How many a list shows that nobody asked for more of.
LISTED = 100


@click.group(name="incident")
def command() -> None:
    """Keep an incident's timeline and hypotheses; export it; write its postmortem.

    What a command says was kept is on stable storage. It works over ssh, from several people at once.

    \b
    Example:
      poise incident open "Slow checkouts"
      poise incident hypothesis last "The database is slow" --layer database
      poise incident show last
    """


for each in (
    *incident_acts.COMMANDS,
    *incident_past.COMMANDS,
    *incident_writing.COMMANDS,
    *incident_pages.COMMANDS,
    *incident_meeting.COMMANDS,
):
    command.add_command(each)


@command.command("list", epilog="Example: poise incident list --format json")
@store_option
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--most", type=click.IntRange(1), default=LISTED, show_default=True, help="How many lines of text; JSON holds all.")
def list_(store: Path | None, form: str, most: int) -> None:
    """List all incidents, the newest first."""
    with told_problems():
        from poise.app.incident import every, store_path, summaries  # noqa: PLC0415 - start-up

        if form == "json":
            import json  # noqa: PLC0415

            from poise.report.incident_json import incident_document  # noqa: PLC0415

            incidents = every(store_path(store))
            out(json.dumps({"version": 1, "incidents": [incident_document(i) for i in incidents]}, ensure_ascii=False, indent=1) + "\n")
            return
        from poise.report.incident_text import incident_list  # noqa: PLC0415

        found = summaries(store_path(store), most + 1)
        out(incident_list(found[:most]))
        if len(found) > most:
            out(f"There are older ones: --most {most * 10} shows more; `poise incident search` finds them by their words.\n")


@command.command(epilog='Example: poise incident search "weights haproxy*"')
@click.argument("words", nargs=-1, required=True)
@store_option
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="So many of the newest.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def search(words: tuple[str, ...], store: Path | None, most: int, form: str) -> None:
    """Find what was said in any incident: all these words, in any case; a star behind a beginning finds what begins so."""
    with told_problems():
        from poise.app.incident import search, store_path  # noqa: PLC0415
        from poise.report.incident_hits import hits_json, hits_text  # noqa: PLC0415

        found = search(store_path(store), " ".join(words), most)
        out(hits_json(found) if form == "json" else hits_text(found))


@command.command(epilog="Example: poise incident show last")
@incident_id
@store_option
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--history", is_flag=True, help="Show the log itself, with what was corrected later.")
def show(incident_id: str, store: Path | None, form: str, history: bool) -> None:
    """Show one incident. ID may be its beginning, or "last"."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        where = app.store_path(store)
        if history:
            from poise.report.svg import clean  # noqa: PLC0415

            for seq, e in app.history(where, incident_id):
                out(f"{seq}  {e.at:%Y-%m-%d %H:%M:%S}  recorded {e.recorded_at:%H:%M:%S}  {clean(e.kind)}  {clean(str(dict(e.payload)))}\n")
            return
        out(app.exported(app.one(where, incident_id), "json" if form == "json" else "text", app.Material(), datetime.now(UTC)))


@command.command(epilog="Example: poise incident fetch last graph.png --output graph.png")
@incident_id
@click.argument("name")
@store_option
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
def fetch(incident_id: str, name: str, store: Path | None, output: Path) -> None:
    """Write a file that was kept with an incident by `attach`."""
    with told_problems():
        from poise.app.incident import store_path  # noqa: PLC0415
        from poise.app.incident_acts import attached  # noqa: PLC0415

        output.write_bytes(attached(store_path(store), incident_id, name))


@command.command("open", epilog='Example: poise incident open "Slow checkouts" --severity error --at -10m')
@click.argument("title")
@store_option
@moment
@click.option("--severity", type=click.Choice(("error", "warning", "info")), default="error", show_default=True)
@click.option("--about", multiple=True, help='A component that it concerns, as "pool web": its alerts join it. Can be given again.')
def open_(title: str, store: Path | None, at: datetime | None, who: str | None, severity: str, about: tuple[str, ...]) -> None:
    """Open an incident by hand; prints its id."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        out(app.open_incident(app.store_path(store), title, severity, at or now, now, who or account(), about) + "\n")


@command.command(epilog='Example: poise incident note last "Database team engaged" --kind team --at 15:00')
@incident_id
@click.argument("text")
@store_option
@moment
@click.option("--kind", type=click.Choice(get_args(EntryKind)), default="note", show_default=True)
def note(incident_id: str, text: str, store: Path | None, at: datetime | None, who: str | None, kind: EntryKind) -> None:
    """Add a line to the timeline."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.note(app.store_path(store), incident_id, kind, text, at or now, now, who or account())


@command.command(
    epilog="Example: poise incident time last detected 2023-11-10T13:45Z, or 2023-11-10T14:45 --zone Europe/Berlin",
    context_settings={"ignore_unknown_options": True},
)
@incident_id
@click.argument("name", type=click.Choice(get_args(TimeName)))
@click.argument("instant", type=Instant(naive=True))
@store_option
@click.option("--who", help="Role or name that says it. Default: the account's name.")
@click.option("--known", type=click.Choice(get_args(TimeSource)), default="stated", show_default=True, help="How it is known.")
@click.option("--zone", help="The zone of the clock that was read, as Europe/Berlin: the instant then has no offset.")
def time(
    incident_id: str, name: TimeName, instant: datetime, store: Path | None, who: str | None, known: TimeSource, zone: str | None
) -> None:
    """Set or correct one of the incident's instants; the log keeps the old one, who said which, and when."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        at, said = in_zone(instant, zone)
        app.set_time(app.store_path(store), incident_id, name, at, known, datetime.now(UTC), who or account(), said)


@command.command(epilog='Example: poise incident hypothesis last "The database is slow" --layer database, later: … --state ruled_out')
@incident_id
@click.argument("statement")
@store_option
@moment
@click.option("--layer", type=click.Choice(LAYERS), help="The layer that it blames; needed for a new one.")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True)
@click.option("--owner", help="The team that pursues it.")
def hypothesis(
    incident_id: str,
    statement: str,
    store: Path | None,
    at: datetime | None,
    who: str | None,
    layer: str | None,
    state: HypothesisState,
    owner: str | None,
) -> None:
    """Open a hypothesis, or move one: STATEMENT is its words, or its number in `show`."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.hypothesis(app.store_path(store), incident_id, statement, layer, state, at or now, now, who or account(), owner)


@command.command(epilog="Example: poise incident close last")
@incident_id
@store_option
@moment
def close(incident_id: str, store: Path | None, at: datetime | None, who: str | None) -> None:
    """Close an incident; where no restoration is noted, it is taken to be now (estimated)."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.close(app.store_path(store), incident_id, at or now, now, who or account())


@command.command(epilog="Example: poise incident export last --format html --recording DIR --output incident.html")
@incident_id
@store_option
@click.option("--format", "form", type=click.Choice(("json", "html", "svg", "markdown", "text")), default="json", show_default=True)
@click.option("--recording", type=click.Path(path_type=Path), help="Folder of `poise watch --record`: adds figures, diagnosis and plan.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write instead of stdout.")
def export(incident_id: str, store: Path | None, form: Any, recording: Path | None, output: Path | None) -> None:
    """Export an incident as JSON, as a page that needs no network, as a picture, or as text."""
    with told_problems():
        _export(incident_id, store, form, recording, output)


def _export(incident_id: str, store: Path | None, form: Any, recording: Path | None, output: Path | None) -> None:
    from poise.app import incident as app  # noqa: PLC0415

    incident = app.one(app.store_path(store), incident_id)
    text = app.exported(incident, form, app.material(recording), datetime.now(UTC))
    if output is None:
        out(text)
    else:
        write_file(output, text)
