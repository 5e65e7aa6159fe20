"""`poise explain`."""

import sys

import click

from poise.cli.output import colour, print_json, print_problem, write


@click.command(epilog="Example: poise explain uneven-weights")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(name: str | None, form: str) -> int:
    """Show the page of the rule, fault, drill or chapter of the guide NAME; without a name, list all. Into a file or pipe it is Markdown.

    Exit codes: 0, 2 there is no such page.
    """
    from poise.app.explain import listing, page, suggestions  # noqa: PLC0415 - help must not wait for it

    text = listing() if name is None else page(name)
    if text is None:
        near = suggestions(name or "")
        hint = f"did you mean {' or '.join(f'`{each}`' for each in near)}?" if near else "`poise explain` lists them"
        print_problem(f"poise explain: there is no rule, fault, drill or chapter {name!r}; {hint}")
        return 2
    if form == "json":
        print_json({"version": 1, "name": name, "markdown": text})
    elif form == "markdown" or not sys.stdout.isatty():
        write(text)
    else:
        _show(text)
    return 0


def _show(text: str) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415

    Console(no_color=not colour(), highlight=False).print(Markdown(text, hyperlinks=False))
