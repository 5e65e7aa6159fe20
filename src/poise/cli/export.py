"""`poise export …`: for those who stay with Prometheus, Grafana and Alertmanager."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from poise.cli.output import print_problem, write
from poise.cli.reading import reading_options, sources_of

if TYPE_CHECKING:
    from poise.app.export import Exported, Wanted


@click.group(epilog="Example: poise export prometheus-rules /etc/haproxy/haproxy.cfg > rules.yml")
def command() -> None:
    """Write what Prometheus, Grafana and Alertmanager need to watch these pools, from the configuration and the needs.

    Exit codes: 0, 2 something could not be read or said.
    """


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--match",
            default="",
            metavar="MATCHERS",
            help="Narrow every series to these, as 'job=\"edge\"': for a Prometheus that sees other load balancers too.",
        ),
        click.option(
            "--from",
            "source",
            type=click.Choice(["exporter", "poise"]),
            default="exporter",
            show_default=True,
            help="Whose figures: the load balancer's own exporter, or those of poise watch --metrics.",
        ),
        click.option(
            "--needs",
            metavar="FILE",
            help="A poise.toml: what the application needs [default: the nearest poise.toml, from the file upwards].",
        ),
        reading_options,
        click.argument("paths", nargs=-1, metavar="CONFIG..."),
    ):
        function = option(function)
    return function


def _wanted(given: dict[str, Any]) -> "Wanted":
    from poise.app.export import MATCH, Wanted  # noqa: PLC0415 - help must not wait for it

    match = given["match"].strip().strip("{}")
    if match and not MATCH.fullmatch(match):
        raise click.BadParameter(f"{given['match']!r} is no list of matchers; try 'job=\"edge\"'", param_hint="--match")
    sources = sources_of(given["paths"], given["in_order"], given["together"], given["target"])
    return Wanted(sources, given["needs"], given["source"] == "poise", match)


def _answer(exported: "Exported") -> int:
    write(exported.text)
    for problem in exported.could_not:
        print_problem(f"poise export: {problem.what}{f':{problem.line}' if problem.line else ''}: {problem.reason}")
    return 2 if exported.could_not else 0


@command.command("prometheus-rules", epilog="Example: poise export prometheus-rules --tests rules.yml haproxy.cfg > rules_test.yml")
@click.option("--tests", metavar="RULES", help="Write the unit tests of the rules instead; RULES is the file that holds them.")
@_options
def prometheus_rules(tests: str | None, **given: Any) -> int:
    """Recording rules of the actual and the expected share of each server, and alerts; checked with promtool check rules."""
    wanted = _wanted(given)
    from poise.app import export  # noqa: PLC0415

    return _answer(export.prometheus_rules(wanted) if tests is None else export.rule_tests(wanted, tests))


@command.command("grafana-dashboard", epilog="Example: poise export grafana-dashboard haproxy.cfg > dashboard.json")
@_options
def grafana_dashboard(**given: Any) -> int:
    """A dashboard of what the rules record: the share of each server beside the one that it ought to get, weights, errors, queues."""
    wanted = _wanted(given)
    from poise.app import export  # noqa: PLC0415

    return _answer(export.grafana_dashboard(wanted))


@command.command("alertmanager", epilog="Example: poise export alertmanager haproxy.cfg > alertmanager.yml")
@_options
def alertmanager(**given: Any) -> int:
    """Routes for the alerts of the rules: what is told at once, what together, and which alert speaks for another."""
    wanted = _wanted(given)
    from poise.app import export  # noqa: PLC0415

    return _answer(export.alertmanager_routes(wanted))
