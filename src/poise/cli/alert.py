"""`poise alert`: what fires, who was told, who has it in hand, and what is not to be told."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from poise.app.account import account
from poise.cli.instant import Instant
from poise.cli.output import print_json, print_problem, print_text
from poise.cli.store_option import store_option
from poise.model.matcher import FIELDS, Matcher, WrongMatcherError, parse_matcher

COULD_NOT = 2
_SPAN = re.compile(r"(\d{1,5})(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Span(click.ParamType[timedelta]):
    """How long: 30m, 2h or 1d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """30m, 2h or 1d."""
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no length of time: write 30m, 2h or 1d", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


class Condition(click.ParamType[Matcher]):
    """FIELD=PATTERN."""

    name = "field=pattern"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Matcher:
        """A matcher."""
        try:
            return parse_matcher(str(value))
        except WrongMatcherError as problem:
            self.fail(str(problem), param, ctx)


def _who(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--who", help="Your name or role. Default: the account's name.")(function)


@click.group(name="alert")
def command() -> None:
    """List the alerts of running watches; acknowledge and silence them.

    A watch hears of it at its next look.

    \b
    Example:
      poise alert list
      poise alert ack 1a2b3c --note "on it"
      poise alert silence --match "component=server web/app1" --for 2h --comment "new disks"
    """


@command.command("list", epilog="Example: poise alert list --format json")
@store_option
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def list_(store: Path | None, form: str) -> None:
    """List what fires, the silences, and what receivers were sent."""
    with _told():
        from poise.app.alerts import overview  # noqa: PLC0415 - start-up
        from poise.app.incident import store_path  # noqa: PLC0415

        now = datetime.now(UTC)
        found = overview(store_path(store), now)
        if form == "json":
            from poise.report.alerts_json import alerts_document  # noqa: PLC0415

            print_json(alerts_document(found, now))
            return
        from poise.report.alerts_text import alerts_text  # noqa: PLC0415

        print_text(alerts_text(found, now))


@command.command(epilog='Example: poise alert ack 1a2b3c --note "weights are being put back"')
@click.argument("alert_ids", metavar="ID…", nargs=-1, required=True)
@store_option
@_who
@click.option("--note", default="", help="What you are doing about it: others see it.")
def ack(alert_ids: tuple[str, ...], store: Path | None, who: str | None, note: str) -> None:
    """Take alerts in hand: they are not repeated, but one that gets worse speaks again, and the end is told."""
    with _told():
        from poise.app.alerts import acknowledge  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        for held in acknowledge(store_path(store), alert_ids, who or account(), note, datetime.now(UTC)):
            print_text(f"in hand: {held.identity.load_balancer}, {held.alert.verdict.summary}\n")


@command.command(
    epilog='Example: poise alert silence --match load_balancer=lb1 --match "component=server web/*" --for 2h --comment "moving racks"'
)
@click.option(
    "--match", "matchers", type=Condition(), multiple=True, required=True, help=f"FIELD=PATTERN or FIELD!=PATTERN: {', '.join(FIELDS)}."
)
@click.option("--for", "lasts", type=Span(), help="How long: 30m, 2h or 1d.")
@click.option("--until", type=Instant(), help="Or to when: 2023-11-10T13:45Z, or 13:45 (today, UTC).")
@click.option("--start", type=Instant(), help="From when.  [default: now]")
@click.option("--comment", required=True, help="Why. Whoever wonders at the silence reads it.")
@store_option
@_who
def silence(
    matchers: tuple[Matcher, ...],
    lasts: timedelta | None,
    until: datetime | None,
    start: datetime | None,
    comment: str,
    store: Path | None,
    who: str | None,
) -> None:
    """Do not tell of what matches, until it ends. All --match must hold. Give --for or --until: no silence lasts for ever."""
    if (lasts is None) == (until is None):
        raise click.UsageError("give --for or --until: a silence has an end")
    with _told():
        from poise.app import alerts as app  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        now = datetime.now(UTC)
        starts = start or now
        ends = until if until is not None else starts + (lasts or timedelta())
        made = app.silence(store_path(store), matchers, who or account(), comment, starts, ends, now)
        print_text(f"silence {made.id} until {made.ends:%Y-%m-%d %H:%M} UTC; end it with: poise alert unsilence {made.id}\n")


@command.command(epilog="Example: poise alert unsilence 4f3a")
@click.argument("silence_id", metavar="ID")
@store_option
@_who
def unsilence(silence_id: str, store: Path | None, who: str | None) -> None:
    """End a silence now: what it kept quiet is told."""
    with _told():
        from poise.app import alerts as app  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        ended = app.unsilence(store_path(store), silence_id, who or account(), datetime.now(UTC))
        print_text(f"silence {ended.id} by {ended.author} is over: {ended.comment}\n")


@contextmanager
def _told() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.alerts import AlertActError  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    try:
        yield
    except (AlertActError, StoreError) as error:
        print_problem(f"poise alert: {error}")
        raise SystemExit(COULD_NOT) from error
