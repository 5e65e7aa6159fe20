"""`poise needs`."""

import click

from poise.cli.output import print_problem, print_text
from poise.cli.reading import reading_options, sources_of


@click.command(epilog="Example: poise needs --live /etc/haproxy/haproxy.cfg > poise.toml")
@click.argument("paths", nargs=-1, metavar="CONFIG...")
@reading_options
@click.option("--live", is_flag=True, help="Ask the running load balancers too, where the configuration says that they answer.")
def command(paths: tuple[str, ...], in_order: tuple[str, ...], together: bool, target: tuple[str, ...], live: bool) -> int:
    """Write a commented poise.toml for a configuration to stdout: what to tell poise about the application.

    With --live, what the running load balancer tells is filled in: HAProxy's statistics socket knows peak, concurrency and service time,
    Envoy's admin interface rates and times, nginx's stub_status the rate.

    Exit codes: 0, 2 something could not be read or asked.
    """
    sources = sources_of(paths, in_order, together, target)
    from poise.reading.judged_by import JudgedBy  # noqa: PLC0415 - help must not wait for it
    from poise.reading.read import read  # noqa: PLC0415
    from poise.report.needs_toml import toml  # noqa: PLC0415

    reading = read(sources, by=JudgedBy())
    could_not = list(reading.could_not)
    figures = None
    if live:
        from poise.app.seen import seen  # noqa: PLC0415

        figures, missed = seen(reading.topologies)
        could_not += missed
    if any(topology.pools for topology in reading.topologies) or not could_not:
        # A page without a pool would stand in `> poise.toml` as if the application needed nothing.
        print_text(toml(reading.topologies, figures))
    for remark in reading.remarks:
        print_problem(f"poise needs: note: {remark.what}: {remark.text}")
    for problem in dict.fromkeys(could_not):
        print_problem(f"poise needs: {problem.what}{f':{problem.line}' if problem.line else ''}: {problem.reason}")
    return 2 if could_not else 0
