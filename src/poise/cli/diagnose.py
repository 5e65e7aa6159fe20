"""`poise diagnose`: which layer is at fault, from a live stack, a recording or a Prometheus."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poise.cli.finite import FiniteRange
from poise.cli.instant import Instant
from poise.cli.output import print_json, print_problem, print_text, write
from poise.report.printable import one_line

if TYPE_CHECKING:
    from poise.app.diagnose import Told

# As long as the diagnosis looks back at a live stack.
USUAL = timedelta(minutes=15)


@click.command(epilog="Example: poise diagnose --live /etc/haproxy/haproxy.cfg --seconds 10")
@click.option("--live", is_flag=True, help="Look at the stack behind CONFIG now.")
@click.option("--recording", type=click.Path(path_type=Path), metavar="DIR", help="Read a recording made by poise watch --record.")
@click.option(
    "--prometheus",
    multiple=True,
    metavar="URL|FILE",
    help="Read what exporters told this Prometheus, or saved answers of /api/v1/query_range; repeatable.",
)
@click.option("--from", "start", type=Instant(), help="With --prometheus: from when on.  [default: 15 minutes before --to]")
@click.option("--to", "end", type=Instant(), help="With --prometheus: until when.  [default: now; of files their end]")
@click.option("--match", default="", metavar="MATCHERS", help="With a Prometheus: only series with these labels, as 'job=\"edge\"'.")
@click.option("--record", type=click.Path(path_type=Path), metavar="DIR", help="With --prometheus: keep what was read as a recording.")
@click.option(
    "--needs",
    "needs_path",
    metavar="FILE",
    help="A poise.toml: what the application needs.  [default: the nearest poise.toml, from CONFIG upwards]",
)
@click.option("--seconds", default=15.0, show_default=True, type=FiniteRange(min=2), help="How long to look at a live stack.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a page for each team into this folder, with what speaks for and against its layer; index.html ranks all.",
)
@click.argument("configurations", nargs=-1, metavar="[CONFIG…]")
def command(
    live: bool,
    recording: Path | None,
    prometheus: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    match: str,
    record: Path | None,
    needs_path: str | None,
    seconds: float,
    form: str,
    evidence: Path | None,
    configurations: tuple[str, ...],
) -> int:
    """Rank what could be at fault, with the evidence for and against each, and say what to look at next.

    CONFIG are the configurations of the load balancers: several are judged together. With --prometheus they say what no exporter tells,
    such as the algorithm.

    Exit codes: 0 no fault, 1 a fault, 2 undetermined, or the load balancer, a configuration or the recording could not be read (then
    the verdict is told all the same). A database or an application that does not answer does not make it 2.
    """
    if sum((live, recording is not None, bool(prometheus))) != 1 or (live and not configurations):
        raise click.UsageError("give one of --live CONFIG…, --recording DIR and --prometheus URL|FILE")
    if recording is not None and configurations:
        raise click.UsageError(f"a recording holds its configuration: leave out {configurations[0]}")
    if not prometheus and (start or end or match or record):
        raise click.UsageError("--from, --to, --match and --record go with --prometheus")
    from poise.app import diagnose as app  # noqa: PLC0415
    from poise.report.diagnosis_json import to_json  # noqa: PLC0415
    from poise.report.diagnosis_text import text  # noqa: PLC0415

    if live:
        told = app.live(configurations, needs_path, seconds, lambda: print_problem(f"looking for {seconds:.0f} s …"))
    elif recording is not None:
        told = app.recorded(recording)
    else:
        told = _from_prometheus(prometheus, start, end, match, configurations, needs_path, record)
    unwritten = _write(evidence, told) if evidence is not None else False
    if form == "json":
        print_json(to_json(told.diagnosis))
    elif form == "html":
        from poise.app.evidence import page  # noqa: PLC0415

        write(page(told))
    else:
        print_text(text(told.diagnosis, app.plan_of(told), repair=app.repair_of(told, configurations) if live else None))
    # What stands on less than it should is told, but never as if it were the whole picture.
    return 2 if told.vital or unwritten else {"none": 0, "fault": 1, "undetermined": 2}[told.diagnosis.verdict]


def _write(folder: Path, told: "Told") -> bool:
    """Write the pages, and say where; whether they could not be written."""
    from poise.app.evidence import write_evidence  # noqa: PLC0415

    written, could_not = write_evidence(folder, told, _agreed)
    for problem in could_not:
        print_problem(f"could not: {problem.what}: {problem.reason}")
    if written:
        print_problem(f"evidence: {written[0]}, and a page for each team beside it")
    return bool(could_not)


def _agreed(foreign: Sequence[Path]) -> bool:
    if not sys.stdin.isatty():
        return False
    return click.confirm(f"{one_line(str(foreign[0]))} is no page of poise's. Replace it?", err=True)


def _from_prometheus(
    sources: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    match: str,
    configurations: tuple[str, ...],
    needs_path: str | None,
    record: Path | None,
) -> "Told":
    from poise.app import diagnose as app  # noqa: PLC0415
    from poise.app.diagnose_prometheus import FromPrometheus  # noqa: PLC0415
    from poise.app.prometheus_source import is_url  # noqa: PLC0415

    if any(map(is_url, sources)):
        end = end or datetime.now(UTC)
        start = start or end - USUAL
    if start is not None and end is not None and start >= end:
        raise click.UsageError(f"--from {start:%H:%M:%S} UTC is not before --to {end:%H:%M:%S} UTC")
    return app.from_prometheus(FromPrometheus(sources, start, end, match, configurations, needs_path, record))
