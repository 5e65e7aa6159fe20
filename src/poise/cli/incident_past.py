"""`poise incident next`, `look-back` and `import`: what telemetry and documents say of incidents."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poise.cli.incident_options import incident_id, out, told_problems
from poise.cli.instant import Instant
from poise.cli.store_option import store_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _config(function: "Callable[..., Any]") -> "Callable[..., Any]":
    said = "Configuration of the load balancer that is meant, where the history holds several."
    return click.option("--config", help=said)(function)


@click.command("next", epilog="Example: poise incident next last")
@incident_id
@store_option
@_config
@click.option("--at", type=Instant(), help="As it was then: 2023-11-10T13:45Z, 13:45 (today, UTC) or -15m. Default: now.")
def next_(incident_id: str, store: Path | None, config: str | None, at: datetime | None) -> None:
    """Ask for evidence: the hypotheses that nobody held against a figure for 15 minutes, each with the next best test."""
    with told_problems():
        from poise.app.incident import store_path  # noqa: PLC0415 - start-up
        from poise.app.incident_past import asked  # noqa: PLC0415
        from poise.report.svg import clean  # noqa: PLC0415

        _, waiting = asked(store_path(store), incident_id, config, at or datetime.now(UTC))
        out("".join(f"{clean(each.said)}\n" for each in waiting) or "No open hypothesis has been without evidence for 15 min.\n")


@click.command("look-back", epilog="Example: poise incident look-back last --config /etc/haproxy/haproxy.cfg")
@incident_id
@store_option
@_config
def look_back(incident_id: str, store: Path | None, config: str | None) -> None:
    """Find in the history of `poise watch` when each hypothesis could have been ruled out; kept, and shown in its lane."""
    with told_problems():
        from poise.app.incident import store_path  # noqa: PLC0415
        from poise.app.incident_past import look_back  # noqa: PLC0415
        from poise.report.incident_past_text import look_back_text  # noqa: PLC0415

        now = datetime.now(UTC)
        out(
            look_back_text([(each.hypothesis, each.could, each.moments) for each in look_back(store_path(store), incident_id, config, now)])
        )


@click.command("diagnose", epilog="Example: poise incident diagnose last --at 2023-11-10T14:30Z")
@incident_id
@store_option
@_config
@click.option("--recording", type=click.Path(path_type=Path), help="Folder of `poise watch --record`. Default: the history of the watch.")
@click.option("--at", type=Instant(), help="With the figures up to then: 2023-11-10T13:45Z, 13:45 (today, UTC) or -15m. Default: now.")
def diagnose(incident_id: str, store: Path | None, config: str | None, recording: Path | None, at: datetime | None) -> None:
    """Attach to each open hypothesis what poise's diagnosis says of its layer, for and against."""
    with told_problems():
        from poise.app import incident_past as app  # noqa: PLC0415
        from poise.app.incident import material, store_path  # noqa: PLC0415
        from poise.report.svg import clean  # noqa: PLC0415

        now, where = datetime.now(UTC), store_path(store)
        window = material(recording).window or app.history_window(where, config, at or now)
        given = app.hold_against(where, incident_id, window, "poise", now)
        lines = (f"“{clean(h.statement)}” ({h.layer}): {count} figure{'' if count == 1 else 's'} attached\n" for h, count in given)
        out("".join(lines) or "No hypothesis is open: nothing was attached.\n")


@click.command("import", epilog="Example: poise incident import postmortems/2023-11-10.md --zone UTC")
@click.argument("file")
@store_option
@click.option("--zone", help="The zone of the document's clock where it names none, as UTC or Europe/Berlin.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day it began where its times have no date: 2023-11-10.")
@click.option("--severity", type=click.Choice(("error", "warning", "info")), default="error", show_default=True)
@click.option("--who", help="Who imports it. Default: the account's name.")
def import_(file: str, store: Path | None, zone: str | None, day: datetime | None, severity: str, who: str | None) -> None:
    """Make an incident of a postmortem in Markdown or plain text: its times, timeline, hypotheses, cause and action items.

    FILE is read as `poise review` reads it, and kept with the incident; `-` reads standard input. Prints the id of each incident in it.
    """
    with told_problems():
        from poise.app.account import account  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415
        from poise.app.incident_import import import_document  # noqa: PLC0415

        now, started = datetime.now(UTC), None if day is None else day.date()
        for each in import_document(store_path(store), file, who or account(), now, zone, started, severity):
            out(f"{each.incident}\n")


COMMANDS = (next_, look_back, diagnose, import_)
