"""`poise incident meeting`, `share` and `remind`: what follows an incident among people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from poise.app.account import account
from poise.cli.incident_options import COULD_NOT, incident_id, out, told_problems
from poise.cli.incident_writing import ID_OR_LOG, LOG, OUTPUT, chosen, written
from poise.cli.instant import Instant
from poise.cli.output import print_problem
from poise.cli.store_option import store_option


@click.command(epilog="Example: poise incident meeting last --at 2026-12-01T14:00Z --ics review.ics")
@incident_id
@store_option
@click.option("--at", type=Instant(), required=True, help="When: 2026-12-01T14:00Z.")
@click.option("--minutes", type=click.IntRange(5, 480), default=60, show_default=True, help="How long.")
@click.option("--ics", type=click.Path(path_type=Path), help="Write the invitation there (iCalendar), to import or send.")
@click.option("--who", help="Who calls it. Default: the account's name.")
@OUTPUT
def meeting(
    incident_id: str, store: Path | None, at: datetime, minutes: int, ics: Path | None, who: str | None, output: Path | None
) -> None:
    """Call the review of an incident: prints the agenda, with questions from the incident itself; notes in its log that it was called."""
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415 - start-up
        from poise.incidents.invitation import invitation  # noqa: PLC0415
        from poise.incidents.meeting import agenda  # noqa: PLC0415

        now, where, length = datetime.now(UTC), app.store_path(store), timedelta(minutes=minutes)
        incident = app.one(where, incident_id)
        text = agenda(incident, at, length)
        if ics is not None:
            ics.write_bytes(invitation(incident, text, at, length, now).encode("utf-8", "backslashreplace"))
        app.note(
            where, incident.id, "note", f"Postmortem: review called for {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC", now, now, who or account()
        )
        written(text, output)


@click.command(epilog="Example: poise incident share last --out for-other-teams.md")
@ID_OR_LOG
@store_option
@LOG
@OUTPUT
def share(incident_id: str | None, store: Path | None, log: Path | None, output: Path | None) -> None:
    """Write the page for teams that were not there: what happened, how it is seen, what they should know (Markdown)."""
    with told_problems():
        from poise.incidents.meeting import to_share  # noqa: PLC0415

        written(to_share(chosen(incident_id, store, log)), output)


@click.command(epilog="Example: poise incident remind haproxy.cfg --within 3")
@click.argument("configurations", nargs=-1, metavar="[CONFIG]…")
@store_option
@click.option("--within", type=click.IntRange(0, 365), default=3, show_default=True, help="Days before its date that an item is told.")
@click.option("--needs", "needs_path", help="The poise.toml with the receivers. Default: beside CONFIG.")
def remind(configurations: tuple[str, ...], store: Path | None, within: int, needs_path: str | None) -> None:
    """Remind of open action items that are late, or due soon: through the receivers of poise.toml; without CONFIG only print them.

    Run it once a day, from cron or a timer.
    """
    with told_problems():
        from poise.app import incident as app  # noqa: PLC0415
        from poise.app import incident_reminders as reminders  # noqa: PLC0415

        now = datetime.now(UTC)
        items = reminders.due_items(app.store_path(store), now, timedelta(days=within))
        out("".join(f"{reminders.words_of(o)}\n" for o in items) or "No action item is late or due soon.\n")
        if configurations and items and not reminders.remind_of(configurations, needs_path, items, now, print_problem):
            raise SystemExit(COULD_NOT)


COMMANDS = (meeting, share, remind)
