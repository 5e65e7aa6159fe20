"""`poise docs`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from poise.cli.file_output import write_file
from poise.cli.output import print_json, print_problem, print_text, write
from poise.cli.reading import reading_options, sources_of


@click.command(epilog="Example: poise docs --target haproxy=2.8 --out docs/balance.md /etc/haproxy/haproxy.cfg")
@click.argument("paths", nargs=-1, metavar="CONFIG...")
@reading_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html", "json"]),
    default=None,
    help="Text is Markdown [default: text, or what the name of --out or --check ends in].",
)
@click.option(
    "--needs", metavar="FILE", help="A poise.toml: what the application needs [default: the nearest poise.toml, from the file upwards]."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it into a file.")
@click.option(
    "--check",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Write nothing; say how this file differs from what it would be now, and end with 1 if it does.",
)
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Make a site of poise's own pages, with a search, in DIR.",
)
@click.option(
    "--handouts",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Make the sheets of a training session, to print, in DIR.",
)
@click.option(
    "--pages",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="With --site: more pages of Markdown, and pictures, as poise's own docs folder.",
)
@click.option(
    "--generate", type=click.Path(path_type=Path, file_okay=False), hidden=True, help="Write the project's own pages into a folder."
)
def command(
    paths: tuple[str, ...],
    in_order: tuple[str, ...],
    together: bool,
    target: tuple[str, ...],
    form: str | None,
    needs: str | None,
    out: Path | None,
    check: Path | None,
    site: Path | None,
    handouts: Path | None,
    pages: Path | None,
    generate: Path | None,
) -> int:
    """Describe a configuration: what each pool is for, how it splits and why, the loss of a server, limits, decisions.

    Exit codes: 0, 1 the file of --check says something else, 2 something could not be read. Name the version with --target, so that the
    page is the same on every machine.
    """
    if generate is not None:
        from poise.app.pages import generate as write_pages  # noqa: PLC0415
        from poise.cli.root import root  # noqa: PLC0415

        for path in write_pages(generate, root):
            print_text(f"{path}\n")
        return 0
    if site is not None:
        from poise.app.site import build  # noqa: PLC0415
        from poise.cli.root import root  # noqa: PLC0415

        print_text(f"{build(site, root, pages)} files in {site}: open {site / 'index.html'}\n")
        return 0
    if handouts is not None:
        from poise.app.handouts import write as write_handouts  # noqa: PLC0415

        print_text("".join(f"{path}\n" for path in write_handouts(handouts)))
        return 0
    if pages is not None:
        raise click.UsageError("--pages are for --site: name a folder for the site too")
    if out is not None and check is not None:
        raise click.UsageError("--out writes the file and --check only reads it: give one of them")
    sources = sources_of(paths, in_order, together, target)
    named = out or check
    form = form or {".html": "html", ".json": "json"}.get(named.suffix if named else "", "text")
    if form == "json" and named is not None:
        raise click.UsageError("--out and --check are for Markdown and HTML: JSON goes to standard output")
    from poise.app.describe import describe, difference  # noqa: PLC0415 - help must not wait for it

    described = describe(sources, needs, datetime.now(UTC).date())
    could_not = dict.fromkeys([*described.audit.could_not, *described.forecast.could_not])
    code = 2 if could_not else 0
    if form == "json":
        from poise.report import findings_json, forecast_json  # noqa: PLC0415

        print_json({**findings_json.to_json(described.audit), "pools": forecast_json.as_dict(described.forecast)["pools"]})
        return code
    if named is not None:
        # Nobody looks at the page itself: in a scheduled job its last section would be the only word of it.
        for each in could_not:
            print_problem(f"could not {each.what}: {each.reason}")
        if not described.topologies:
            print_problem(f"poise docs: nothing could be read; {named} is left as it is")
            return code
    from poise.report.description.page import markdown  # noqa: PLC0415

    text = markdown(described)
    if form == "html":
        from poise.report.description.html import html  # noqa: PLC0415

        text = html(text, f"What this load balancer does: {', '.join(each.file for each in described.audit.read)}")
    if out is not None:
        write_file(out, text)
    elif check is not None:
        told = difference(check.read_text(encoding="utf-8", errors="replace"), text, str(check))
        print_text("".join(f"{line}\n" for line in told))
        if told:
            print_problem(f"poise docs: {check} no longer says what the configuration says: write it anew with --out {check}")
        return code or int(bool(told))
    elif form == "html":
        write(text)
    else:
        print_text(text)
    return code
