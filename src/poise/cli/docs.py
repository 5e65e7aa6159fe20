"""`poise docs`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from poise.cli.output import print_json, print_text
from poise.cli.reading import reading_options, sources_of


@click.command(epilog="Example: poise docs /etc/haproxy/haproxy.cfg > balance.md")
@click.argument("paths", nargs=-1, metavar="CONFIG...")
@reading_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Text is Markdown.")
@click.option(
    "--needs", metavar="FILE", help="A poise.toml: what the application needs [default: the nearest poise.toml, from the file upwards]."
)
@click.option(
    "--generate", type=click.Path(path_type=Path, file_okay=False), hidden=True, help="Write the project's own pages into a folder."
)
def command(
    paths: tuple[str, ...],
    in_order: tuple[str, ...],
    together: bool,
    target: tuple[str, ...],
    form: str,
    needs: str | None,
    generate: Path | None,
) -> int:
    """Describe a configuration: pools, algorithms, shares, the loss of a server, findings, accepted risks.

    Exit codes: 0, 2 something could not be read.
    """
    if generate is not None:
        from poise.app.pages import generate as write  # noqa: PLC0415
        from poise.cli.root import root  # noqa: PLC0415

        for path in write(generate, root):
            print_text(f"{path}\n")
        return 0
    sources = sources_of(paths, in_order, together, target)
    from poise.app.audit import AuditOptions, audit  # noqa: PLC0415
    from poise.app.predict import predict  # noqa: PLC0415
    from poise.report import description, findings_json, forecast_json  # noqa: PLC0415

    audited = audit(sources, AuditOptions(needs), datetime.now(UTC).date())
    forecast = predict(sources, needs)
    if form == "json":
        print_json({**findings_json.to_json(audited), "pools": forecast_json.as_dict(forecast)["pools"]})
    else:
        print_text(description.markdown(audited, forecast))
    return 2 if audited.could_not or forecast.could_not else 0
