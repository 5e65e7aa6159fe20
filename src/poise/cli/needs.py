"""`poise needs`."""

import click

from poise.cli.output import print_problem, print_text


@click.command(epilog="Example: poise needs /etc/haproxy/haproxy.cfg > poise.toml")
@click.argument("paths", nargs=-1, required=True, metavar="CONFIG...")
def command(paths: tuple[str, ...]) -> int:
    """Write a commented poise.toml for a configuration to stdout: what to tell poise about the application.

    Exit codes: 0, 2 something could not be read.
    """
    from poise.app.read import read_configuration  # noqa: PLC0415 - help must not wait for it
    from poise.report.needs_toml import toml  # noqa: PLC0415

    topologies, unread = read_configuration(paths)
    print_text(toml(topologies))
    could_not = [*unread, *(c for t in topologies for c in t.could_not)]
    for problem in dict.fromkeys(could_not):
        print_problem(f"poise needs: {problem.what}{f':{problem.line}' if problem.line else ''}: {problem.reason}")
    return 2 if could_not else 0
