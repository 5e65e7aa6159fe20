"""`poise watch`: look at a live stack until interrupted."""

from pathlib import Path

import click


@click.command(epilog="Example: poise watch /etc/haproxy/haproxy.cfg --record /var/tmp/today")
@click.argument("configurations", nargs=-1, required=True, metavar="CONFIG…")
@click.option(
    "--needs", "needs_path", metavar="FILE", help="A poise.toml: what the application needs.  [default: poise.toml beside CONFIG]"
)
@click.option("--record", type=click.Path(path_type=Path, file_okay=False), help="Write a recording into this folder.")
@click.option("--seconds", type=click.FloatRange(min=1), help="Stop after so long.  [default: watch until Ctrl-C]")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), envvar="POISE_STORE", help="Where incidents are kept.")
@click.option(
    "--metrics",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Serve /metrics for Prometheus on this port of 127.0.0.1; 0 takes a free one. The token's file is told at the start.",
)
def command(
    configurations: tuple[str, ...],
    needs_path: str | None,
    record: Path | None,
    seconds: float | None,
    store: Path | None,
    metrics: int | None,
) -> int:
    """Watch a live stack: alert on uneven shares, drift and harm to clients; keep the incident and write its postmortem.

    The control socket is found in the configuration. What cannot be reached is said, with what it costs in certainty.
    """
    from poise.app import watch as app  # noqa: PLC0415
    from poise.cli.watch_lines import WatchLines  # noqa: PLC0415

    lines = WatchLines()
    return app.run(configurations, needs_path, record, seconds, store, lines.tell, lines.show, metrics)
