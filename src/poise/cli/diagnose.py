"""`poise diagnose`: which layer is at fault, from a live stack or a recording."""

from pathlib import Path

import click

from poise.cli.output import print_json, print_text


@click.command(epilog="Example: poise diagnose --live /etc/haproxy/haproxy.cfg --seconds 10")
@click.option("--live", "configurations", multiple=True, metavar="CONFIG", help="Look at the stack behind this configuration; repeatable.")
@click.option("--recording", type=click.Path(path_type=Path), metavar="DIR", help="Read a recording made by poise watch --record.")
@click.option(
    "--needs", "needs_path", metavar="FILE", help="A poise.toml: what the application needs.  [default: poise.toml beside CONFIG]"
)
@click.option("--seconds", default=15.0, show_default=True, type=click.FloatRange(min=2), help="How long to look at a live stack.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(configurations: tuple[str, ...], recording: Path | None, needs_path: str | None, seconds: float, form: str) -> int:
    """Rank what could be at fault, with the evidence for and against each, and say what to look at next.

    Exit codes: 0 no fault, 1 a fault, 2 undetermined, or the load balancer, a configuration or the recording could not be read (then
    the verdict is told all the same). A database or an application that does not answer does not make it 2.
    """
    if bool(configurations) == bool(recording):
        raise click.UsageError("give either --live CONFIG or --recording DIR")
    from poise.app import diagnose as app  # noqa: PLC0415
    from poise.report.diagnosis_json import to_json  # noqa: PLC0415
    from poise.report.diagnosis_text import text  # noqa: PLC0415

    if configurations:
        told = app.live(configurations, needs_path, seconds, lambda: click.echo(f"looking for {seconds:.0f} s …", err=True))
    else:
        assert recording is not None
        told = app.recorded(recording)
    if form == "json":
        print_json(to_json(told.diagnosis))
    else:
        print_text(text(told.diagnosis))
    # What stands on less than it should is told, but never as if it were the whole picture.
    return 2 if told.vital else {"none": 0, "fault": 1, "undetermined": 2}[told.diagnosis.verdict]
