"""`poise diff`."""

from datetime import UTC, datetime

import click

from poise.cli.output import print_json, print_text
from poise.cli.reading import target_option, targets_of


@click.command(epilog="Example: poise diff haproxy.cfg haproxy.cfg.new")
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--needs", metavar="FILE", help="A poise.toml: what the application needs [default: poise.toml beside NEW].")
@target_option
def command(old: str, new: str, form: str, needs: str | None, target: tuple[str, ...]) -> int:
    """Say what the change from OLD to NEW does: traffic moved, keys moved, findings gained and lost.

    Exit codes: 0, 1 a declared need is no longer met, 2 something could not be read.
    """
    from poise.app.diff import diff  # noqa: PLC0415 - help must not wait for it
    from poise.report import diff_json, diff_text  # noqa: PLC0415

    change = diff(old, new, needs, datetime.now(UTC).date(), targets_of(target))
    if form == "json":
        print_json(diff_json.as_dict(change))
    else:
        print_text(diff_text.text(change))
    if change.could_not:
        return 2
    return int(any(pool.needs_broken for pool in change.pools))
