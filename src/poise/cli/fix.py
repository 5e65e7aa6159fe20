"""`poise fix`: the plan, and on request its execution."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from poise.cli.finite import FiniteRange
from poise.cli.output import print_json, print_problem, print_text


@click.command(epilog="Example: poise fix /etc/haproxy/haproxy.cfg --apply --haproxy /usr/sbin/haproxy")
@click.argument("configurations", nargs=-1, required=True, metavar="CONFIG…")
@click.option(
    "--needs",
    "needs_path",
    metavar="FILE",
    help="A poise.toml: what the application needs.  [default: the nearest poise.toml, from CONFIG upwards]",
)
@click.option("--apply", "apply_it", is_flag=True, help="Run the plan, prove it, and undo it when the proof does not come.")
@click.option("--yes", is_flag=True, help="Do not ask before applying.")
@click.option("--seconds", default=15.0, show_default=True, type=FiniteRange(min=2), help="How long to look first.")
@click.option("--haproxy", default=None, help="HAProxy's binary; its check must pass before a file is replaced.  [default: found]")
@click.option("--master-socket", default=None, help="The address given to haproxy -S, for the reload.  [default: the pid file's process]")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), envvar="POISE_STORE", help="Where it is recorded who did what.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    configurations: tuple[str, ...],
    needs_path: str | None,
    apply_it: bool,
    yes: bool,
    seconds: float,
    haproxy: str | None,
    master_socket: str | None,
    store: Path | None,
    form: str,
) -> int:
    """Diagnose the live stack and show the plan that would repair it, each step with how to undo it.

    Exit codes: 0 shown, or applied and proven; 1 not applied or rolled back; 2 something could not be done.
    """
    from poise.app import fix as app  # noqa: PLC0415
    from poise.report.diagnosis_text import text  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    print_problem(f"looking for {seconds:.0f} s …")
    control = app.control_of(configurations, haproxy, master_socket)
    proposal = app.propose_now(configurations, needs_path, seconds, control)
    plan = proposal.plan
    if form == "text":
        print_text(text(proposal.diagnosis, plan))
        if plan is not None and plan.steps and plan.advice:
            print_text(f"       by hand: {plan.advice}\n")
    outcome = None
    if apply_it and plan is not None and plan.steps and (yes or _agreed()):
        try:
            outcome = app.apply_now(configurations, needs_path, proposal, control, store, print_problem)
        except StoreError as error:
            fate = "; ".join(getattr(error, "__notes__", ())) or "nothing was applied"
            print_problem(f"poise fix: {error}; {fate}")
            if form == "json":
                print_json(app.as_json(app.with_problem(proposal, "incident store", f"{error}; {fate}"), None))
            return 2
        except KeyboardInterrupt as error:
            print_problem("poise fix: interrupted; " + ("; ".join(getattr(error, "__notes__", ())) or "nothing was applied"))
            raise
        except OSError as error:
            with suppress(OSError):
                print_problem(f"poise fix: {error}; " + ("; ".join(getattr(error, "__notes__", ())) or "nothing was applied"))
            raise
    if form == "json":
        print_json(app.as_json(proposal, outcome))
    elif outcome is not None:
        print_text("proven: " + outcome.proof.reason + "\n" if outcome.verified and outcome.proof else f"not repaired: {outcome.reason}\n")
        for problem in outcome.could_not:
            print_text(f"could not: {problem.what}: {problem.reason}\n")
    return app.exit_code(proposal, outcome, apply_it)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        print_problem("poise fix: --apply asks first, and there is no terminal to ask on; add --yes to apply without asking")
        return False
    return click.confirm("Apply this plan?", err=True)
