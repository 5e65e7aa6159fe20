"""`poise history`: what a watch measured, as it was then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from poise.cli.instant import Instant
from poise.cli.output import print_json, print_problem, print_text
from poise.cli.store_option import store_option

COULD_NOT = 2


class ShowsByDefault(click.Group):
    """`poise history CONFIG` is `poise history show CONFIG`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, after the word that may be left out."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(name="history", cls=ShowsByDefault)
def command() -> None:
    """Show what `poise watch` measured: shares and other figures over time, or all of one instant as it was then.

    `poise history CONFIG` is short for `poise history show CONFIG`. Every look is kept for two days, rows of a minute for two weeks and
    rows of an hour for 400 days, within 1 GB; [watch.history] in poise.toml says otherwise.

    \b
    Example:
      poise history /etc/haproxy/haproxy.cfg --pool web --from -3h
      poise history /etc/haproxy/haproxy.cfg --at 2026-11-10T13:45Z
      poise history export /etc/haproxy/haproxy.cfg --recording incident --from -2h
    """


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        store_option,
        click.option("--load-balancer", metavar="NAME", help="Which one, by its name in the watch."),
        click.option("--to", "end", type=Instant(), metavar="INSTANT", help="Up to then.  [default: now]"),
        click.option(
            "--from",
            "start",
            type=Instant(),
            metavar="INSTANT",
            help="From then on, e.g. -15m, -6h, -3d, 13:45.  [default: an hour before]",
        ),
        click.argument("config", required=False),
    ):
        function = option(function)
    return function


@command.command(epilog="Example: poise history show /etc/haproxy/haproxy.cfg --pool web --metric queue --from -6h")
@_options
@click.option("--pool", metavar="NAME", help="Of this pool alone.")
@click.option("--server", metavar="NAME", help="Of this server alone.")
@click.option(
    "--metric", metavar="NAME", help="Which figure: share_ratio, requests_per_second, queue, response_ms …  [default: share_ratio]"
)
@click.option("--at", type=Instant(), metavar="INSTANT", help="All figures of this instant instead of a course.")
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=500, show_default=True, help="So many rows at most, if need be coarser.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def show(
    config: str | None,
    start: datetime | None,
    end: datetime | None,
    load_balancer: str | None,
    store: Path | None,
    pool: str | None,
    server: str | None,
    metric: str | None,
    at: datetime | None,
    rows: int,
    form: str,
) -> int:
    """Show the course of figures, with a small chart of each, or all of one instant.

    Without CONFIG the store must hold one load balancer alone. The exit code is 2 where nothing is kept of what was asked for.
    """
    if at is not None and (start or end):
        raise click.UsageError("--at asks for one instant: leave out --from and --to")
    begin, until = _between(start, end)
    with _told():
        from poise.app.history import Asked, past  # noqa: PLC0415 - start-up
        from poise.app.incident import store_path  # noqa: PLC0415

        found = past(store_path(store), Asked(begin, until, at, config, load_balancer, pool, server, metric, rows))
    if form == "json":
        from poise.report.history_json import history_document  # noqa: PLC0415

        print_json(history_document(found))
        return 0
    from poise.report.history_text import history_text  # noqa: PLC0415

    print_text(history_text(found))
    return 0


@command.command(epilog="Example: poise history export haproxy.cfg --recording incident --from 13:30 --to 14:15")
@_options
@click.option("--recording", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write, a new one.")
def export(
    config: str | None, start: datetime | None, end: datetime | None, load_balancer: str | None, store: Path | None, recording: Path
) -> int:
    """Write what was kept of that time as a recording, which `poise diagnose --recording` reads.

    With the stack and the configuration as they were at its end.
    """
    begin, until = _between(start, end)
    with _told():
        from poise.app.history_export import export as write  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        for line in write(store_path(store), config, load_balancer, begin, until, recording):
            print_text(line + "\n")
    return 0


def _between(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    until = end or datetime.now(UTC)
    begin = start or until - timedelta(hours=1)
    if begin >= until:
        raise click.UsageError("--from is not before --to")
    return begin, until


@contextmanager
def _told() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.history import HistoryError  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    try:
        yield
    except (HistoryError, StoreError) as error:
        print_problem(f"poise history: {error}")
        raise SystemExit(COULD_NOT) from error
