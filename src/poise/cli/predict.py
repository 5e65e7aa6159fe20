"""`poise predict`."""

import click

from poise.cli.output import print_json, print_text, terminal_columns
from poise.cli.reading import exclude_option, reading_options, sources_of


@click.command(epilog="Example: poise predict --needs poise.toml --format json /etc/haproxy/haproxy.cfg")
@click.argument("paths", nargs=-1, metavar="CONFIG...")
@reading_options
@exclude_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--needs", metavar="FILE", help="A poise.toml: what the application needs [default: poise.toml beside the file].")
@click.option(
    "--requests",
    type=click.IntRange(min=1),
    default=1500,
    show_default=True,
    help="How many requests the standard error of a share is for.",
)
@click.option("--keys", metavar="FILE", help="A file of keys, one a line: shares and placement over these.")
def command(
    paths: tuple[str, ...],
    in_order: tuple[str, ...],
    together: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str,
    needs: str | None,
    requests: int,
    keys: str | None,
) -> int:
    """Forecast the share of each server, the loss of any, and utilisation against the declared needs.

    Exit codes: 0, 1 a declared need is not met, 2 something could not be read.
    """
    sources = sources_of(paths, in_order, together, target, exclude)
    from poise.app.predict import keys_in, predict  # noqa: PLC0415 - help must not wait for it
    from poise.report import forecast_json, forecast_text  # noqa: PLC0415

    forecast = predict(sources, needs, requests, *(() if keys is None else (keys_in(keys), keys)))
    if form == "json":
        print_json(forecast_json.as_dict(forecast))
    else:
        print_text(forecast_text.text(forecast, terminal_columns()))
    if forecast.could_not:
        return 2
    return int(any(not check.met for pool in forecast.pools for check in pool.needs))
