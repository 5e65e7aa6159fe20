"""`poise incident`: the log of what happened, and what comes of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click

from poise.app.account import account
from poise.cli.instant import Instant
from poise.cli.output import print_problem
from poise.model.fault import LAYERS
from poise.model.incident import EntryKind, HypothesisState, TimeName, TimeSource

COULD_NOT = 2
STATES = get_args(HypothesisState)


def _store(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--store", type=click.Path(path_type=Path), help="The store's file. Default: POISE_STORE, else poise's state folder."
    )(function)


def _moment(function: Callable[..., Any]) -> Callable[..., Any]:
    who = click.option("--who", help="Role or name that says it. Default: the account's name.")
    at = click.option("--at", type=Instant(), help="When it happened: 2023-11-10T13:45Z, 13:45 (today, UTC) or -15m. Default: now.")
    return who(at(function))


@click.group(name="incident")
def command() -> None:
    """Keep an incident's timeline and hypotheses; export it; write its postmortem.

    \b
    Example:
      poise incident list
      poise incident show last
    """


@command.command("list", epilog="Example: poise incident list --format json")
@_store
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_(store: Path | None, form: str) -> None:
    """List all incidents, the newest first."""
    with _told():
        from poise.app.incident import every, store_path  # noqa: PLC0415 - start-up

        incidents = every(store_path(store))
        if form == "json":
            import json  # noqa: PLC0415

            from poise.report.incident_json import incident_document  # noqa: PLC0415

            _out(json.dumps({"version": 1, "incidents": [incident_document(i) for i in incidents]}, ensure_ascii=False, indent=1) + "\n")
            return
        from poise.report.incident_text import incident_list  # noqa: PLC0415

        _out(incident_list(incidents))


@command.command(epilog="Example: poise incident show last")
@click.argument("incident_id", metavar="ID")
@_store
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
@click.option("--history", is_flag=True, help="Show the log itself, with what was corrected later.")
def show(incident_id: str, store: Path | None, form: str, history: bool) -> None:
    """Show one incident. ID may be its beginning, or "last"."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        where = app.store_path(store)
        if history:
            from poise.report.svg import clean  # noqa: PLC0415

            for seq, e in app.history(where, incident_id):
                _out(
                    f"{seq}  {e.at:%Y-%m-%d %H:%M:%S}  recorded {e.recorded_at:%H:%M:%S}  {clean(e.kind)}  {clean(str(dict(e.payload)))}\n"
                )
            return
        _out(app.exported(app.one(where, incident_id), "json" if form == "json" else "text", app.Material(), datetime.now(UTC)))


@command.command("open", epilog='Example: poise incident open "Slow checkouts" --severity error --at -10m')
@click.argument("title")
@_store
@_moment
@click.option("--severity", type=click.Choice(("error", "warning", "info")), default="error", show_default=True)
def open_(title: str, store: Path | None, at: datetime | None, who: str | None, severity: str) -> None:
    """Open an incident by hand; prints its id."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        _out(app.open_incident(app.store_path(store), title, severity, at or now, now, who or account()) + "\n")


@command.command(epilog='Example: poise incident note last "Database team engaged" --kind team --at 15:00')
@click.argument("incident_id", metavar="ID")
@click.argument("text")
@_store
@_moment
@click.option("--kind", type=click.Choice(get_args(EntryKind)), default="note", show_default=True)
def note(incident_id: str, text: str, store: Path | None, at: datetime | None, who: str | None, kind: EntryKind) -> None:
    """Add a line to the timeline."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.note(app.store_path(store), incident_id, kind, text, at or now, now, who or account())


@command.command(epilog="Example: poise incident time last detected 2023-11-10T13:45Z", context_settings={"ignore_unknown_options": True})
@click.argument("incident_id", metavar="ID")
@click.argument("name", type=click.Choice(get_args(TimeName)))
@click.argument("instant", type=Instant())
@_store
@click.option("--who", help="Role or name that says it. Default: the account's name.")
@click.option("--known", type=click.Choice(get_args(TimeSource)), default="stated", show_default=True, help="How it is known.")
def time(incident_id: str, name: TimeName, instant: datetime, store: Path | None, who: str | None, known: TimeSource) -> None:
    """Set or correct one of the incident's instants; the log keeps the old one."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        app.set_time(app.store_path(store), incident_id, name, instant, known, datetime.now(UTC), who or account())


@command.command(epilog='Example: poise incident hypothesis last "The database is slow" --layer database, later: … --state ruled_out')
@click.argument("incident_id", metavar="ID")
@click.argument("statement")
@_store
@_moment
@click.option("--layer", type=click.Choice(LAYERS), help="The layer that it blames; needed for a new one.")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True)
def hypothesis(
    incident_id: str, statement: str, store: Path | None, at: datetime | None, who: str | None, layer: str | None, state: HypothesisState
) -> None:
    """Open a hypothesis, or move one: STATEMENT is its words, or its number in `show`."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.hypothesis(app.store_path(store), incident_id, statement, layer, state, at or now, now, who or account())


@command.command(epilog="Example: poise incident close last")
@click.argument("incident_id", metavar="ID")
@_store
@_moment
def close(incident_id: str, store: Path | None, at: datetime | None, who: str | None) -> None:
    """Close an incident; where no restoration is noted, it is taken to be now (estimated)."""
    with _told():
        from poise.app import incident as app  # noqa: PLC0415

        now = datetime.now(UTC)
        app.close(app.store_path(store), incident_id, at or now, now, who or account())


@command.command(epilog="Example: poise incident export last --format html --recording DIR --output incident.html")
@click.argument("incident_id", metavar="ID")
@_store
@click.option("--format", "form", type=click.Choice(("json", "html", "svg", "markdown", "text")), default="json", show_default=True)
@click.option("--recording", type=click.Path(path_type=Path), help="Folder of `poise watch --record`: adds figures, diagnosis and plan.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write instead of stdout.")
def export(incident_id: str, store: Path | None, form: Any, recording: Path | None, output: Path | None) -> None:
    """Export an incident as JSON, as a page that needs no network, as a picture, or as text."""
    with _told():
        _export(incident_id, store, form, recording, output)


@command.command(epilog="Example: poise incident postmortem last --output postmortem.md")
@click.argument("incident_id", metavar="ID")
@_store
@click.option("--recording", type=click.Path(path_type=Path), help="Folder of `poise watch --record`: adds figures, diagnosis and plan.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write instead of stdout.")
def postmortem(incident_id: str, store: Path | None, recording: Path | None, output: Path | None) -> None:
    """Write the draft of the postmortem in Markdown."""
    with _told():
        _export(incident_id, store, "markdown", recording, output)


def _export(incident_id: str, store: Path | None, form: Any, recording: Path | None, output: Path | None) -> None:
    from poise.app import incident as app  # noqa: PLC0415

    incident = app.one(app.store_path(store), incident_id)
    text = app.exported(incident, form, app.material(recording), datetime.now(UTC))
    if output is None:
        _out(text)
    else:
        output.write_text(text, encoding="utf-8", errors="backslashreplace")


def _out(text: str) -> None:
    """To stdout as UTF-8, whatever the locale; lone surrogates as escapes."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


@contextmanager
def _told() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.incident import IncidentError  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    try:
        yield
    except (IncidentError, StoreError, OSError) as error:
        print_problem(f"poise incident: {error}")
        raise SystemExit(COULD_NOT) from error
