"""`poise review`."""

import click


@click.command(epilog="Example: poise review --format html postmortems/2023-11-10.md > review.html")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "markdown", "html"]),
    default="text",
    show_default=True,
    help="sarif for code scanning; html is the document with its findings in the margin.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["info", "warning", "error", "never"]),
    default="error",
    show_default=True,
    help="Exit 1 when a finding is at least this severe.",
)
@click.option("--select", multiple=True, metavar="RULE", help="Only this rule; may be given more than once, or with commas.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not this rule; may be given more than once, or with commas.")
def command(paths: tuple[str, ...], form: str, fail_on: str, select: tuple[str, ...], ignore: tuple[str, ...]) -> int:
    """Read postmortems: timeline, times, wrong hypotheses, cause, action items; and find what contradicts in them and what is missing.

    FILE is Markdown or plain text in English, a folder of such, or `-` for standard input. Each finding quotes the lines that it is about.
    `poise explain RULE` tells more.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read (which outranks 1).
    """
    from poise.app.review import exit_code, reviewed  # noqa: PLC0415 - help must not wait for it
    from poise.cli.reviewed import show  # noqa: PLC0415

    run = reviewed(paths, _rules(select, "--select"), _rules(ignore, "--ignore"))
    show(run, form)
    return exit_code(run, fail_on)  # type: ignore[arg-type] # click.Choice lets only these through


def _rules(given: tuple[str, ...], option: str) -> tuple[str, ...]:
    from poise.review.rules import RULES  # noqa: PLC0415

    known = {rule.name for rule in RULES}
    names = [name.strip() for each in given for name in each.split(",") if name.strip()]
    for name in names:
        if name not in known:
            import difflib  # noqa: PLC0415 - only a slip waits for it

            near = difflib.get_close_matches(name, known, 1)
            raise click.UsageError(f"{option}: there is no rule of review {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return tuple(names)
