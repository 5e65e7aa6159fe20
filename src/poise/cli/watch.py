"""`poise watch`: look at a live stack until interrupted."""

import sys
from pathlib import Path

import click

from poise.cli.finite import FiniteRange


def _when(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    from poise.app.review_schedule import WANTED, schedule  # noqa: PLC0415

    if value is not None and schedule(value) is None:
        raise click.BadParameter(WANTED)
    return value


@click.command(epilog="Example: poise watch /etc/haproxy/haproxy.cfg --record /var/tmp/today")
@click.argument("configurations", nargs=-1, metavar="[CONFIG…]")
@click.option("--inventory", metavar="FILE", help="A TOML file that lists load balancers, on other machines too.")
@click.option(
    "--needs",
    "needs_path",
    metavar="FILE",
    help="A poise.toml: what the application needs of it.  [default: the nearest poise.toml, from CONFIG upwards]",
)
@click.option("--record", type=click.Path(path_type=Path, file_okay=False), help="Write a recording into this folder.")
@click.option("--seconds", type=FiniteRange(min=1), help="Stop after so long.  [default: watch until Ctrl-C]")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), envvar="POISE_STORE", help="Where incidents are kept.")
@click.option("--test-receivers", is_flag=True, help="Send a test message to each receiver of poise.toml, say who took it, and end.")
@click.option(
    "--metrics",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve /metrics for Prometheus on this port of 127.0.0.1; 0 takes a free one. The token's file is told at the start.",
)
@click.option(
    "--dashboard",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve the dashboard on this port of 127.0.0.1; 0 takes a free one.  [default: 7640, or the next that is free]",
)
@click.option("--no-dashboard", is_flag=True, help="Serve no dashboard.")
@click.option(
    "--review-every",
    "review",
    metavar="WHEN",
    callback=_when,
    help="Review files, losses and drift this often (6h, 1d) or at this time in UTC (06:00), and at every edit; alert when worse.",
)
def command(
    configurations: tuple[str, ...],
    inventory: str | None,
    needs_path: str | None,
    record: Path | None,
    seconds: float | None,
    store: Path | None,
    test_receivers: bool,
    metrics: int | None,
    dashboard: int | None,
    no_dashboard: bool,
    review: str | None,
) -> int:
    """Watch live load balancers: alert on uneven shares, drift and harm to clients; keep the incident and write its postmortem.

    CONFIG is a configuration of HAProxy, nginx or Envoy, or a folder of one. Its control socket, access log or admin interface is found in
    it. What cannot be reached is said, with what would help.
    """
    if bool(configurations) == (inventory is not None):
        raise click.UsageError("name the configurations to watch, or an inventory that lists them (--inventory FILE)")
    if dashboard is not None and no_dashboard:
        raise click.UsageError("--dashboard and --no-dashboard: give one of them")
    if test_receivers:
        return _test(configurations, inventory, needs_path)
    from poise.app import watch_start as app  # noqa: PLC0415
    from poise.app.dashboard_ports import USUAL  # noqa: PLC0415
    from poise.app.watch_options import WatchOptions  # noqa: PLC0415
    from poise.cli.journal import goes_to_journal  # noqa: PLC0415
    from poise.cli.output import colour  # noqa: PLC0415
    from poise.cli.watch_lines import WatchLines  # noqa: PLC0415

    ports = () if no_dashboard else USUAL if dashboard is None else (dashboard,)
    options = WatchOptions(configurations, inventory, needs_path, record, seconds, store, metrics, review, ports, sys.stdout.isatty())
    return app.run(options, WatchLines(colour(), goes_to_journal(sys.stdout)))


def _test(configurations: tuple[str, ...], inventory: str | None, needs_path: str | None) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415

    from poise.app.receiver_test import run  # noqa: PLC0415
    from poise.cli.output import print_text  # noqa: PLC0415
    from poise.report.printable import one_line  # noqa: PLC0415

    return run(configurations, inventory, needs_path, lambda line: print_text(one_line(line) + "\n"), datetime.now(UTC))
