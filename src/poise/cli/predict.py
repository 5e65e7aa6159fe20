"""`poise predict`."""

from dataclasses import replace

import click

from poise.cli.finite import FiniteRange
from poise.cli.main import EXIT_INTERRUPTED
from poise.cli.output import print_json, print_text, terminal_columns, write
from poise.cli.reading import exclude_option, reading_options, sources_of

# Keys with their servers that are written a line each.
MOST_IN_LINES = 20_000


@click.command(epilog="Example: poise predict --needs poise.toml --format json /etc/haproxy/haproxy.cfg")
@click.argument("paths", nargs=-1, metavar="CONFIG...")
@reading_options
@exclude_option
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option(
    "--needs", metavar="FILE", help="A poise.toml: what the application needs [default: the nearest poise.toml, from the file upwards]."
)
@click.option(
    "--requests",
    type=click.IntRange(min=1),
    default=1500,
    show_default=True,
    help="How many requests the standard error of a share is for.",
)
@click.option("--keys", metavar="FILE", help="A file of keys, one a line: shares and placement over these.")
@click.option(
    "--what-if",
    is_flag=True,
    help="Simulate the loss of servers, pairs, hosts and zones, surges, retries and a cold start, and how much each pool carries.",
)
@click.option(
    "--lose",
    metavar="NAME",
    multiple=True,
    help="What if it is lost: a server, POOL/SERVER, an address's host or a zone; several with commas are lost together.",
)
@click.option("--surge", metavar="K", type=FiniteRange(0.01, 1000), multiple=True, help="What if K times the declared peak comes.")
@click.option("--attempts", metavar="N", type=click.IntRange(2, 100), help="What if clients try a failed request again, N times in all.")
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
    what_if: bool,
    lose: tuple[str, ...],
    surge: tuple[float, ...],
    attempts: int | None,
) -> int:
    """Forecast the share of each server, the loss of any, and utilisation against the declared needs; or what if something happens.

    Exit codes: 0, 1 a declared need is not met, 2 something could not be read. Ctrl-C prints what is simulated by then, and ends with 130.
    """
    sources = sources_of(paths, in_order, together, target, exclude)
    if keys == "-" and "-" in (*paths, *in_order):
        raise click.UsageError("standard input cannot be the configuration and the keys: give one of them as a file")
    from poise.app.predict import keys_in, predict  # noqa: PLC0415 - help must not wait for it
    from poise.cli.progress import progress_line  # noqa: PLC0415
    from poise.model.what_if import Questions  # noqa: PLC0415
    from poise.report import forecast_json, forecast_text  # noqa: PLC0415

    sets = tuple(tuple(name.strip() for name in names.split(",") if name.strip()) for names in lose)
    if not all(sets):
        raise click.BadParameter("no name is in it. Name a server, POOL/SERVER, the host of an address or a zone", param_hint="--lose")
    asked = Questions(what_if or form == "html", sets, surge, attempts)
    with progress_line() as tell:
        far = None if tell is None else lambda name, part: tell(f"simulating {name}: {100 * part:.0f} %")
        given = None if keys is None else keys_in(keys)
        forecast = predict(replace(sources, tell=tell), needs, requests, given, keys or "the keys", asked, far)
    if form == "html":
        from poise.report import forecast_page  # noqa: PLC0415

        write(forecast_page.html(forecast))
    elif form == "json":
        placed = sum(len(pool.placement) for pool in forecast.pools if pool.placement is not None)
        print_json(forecast_json.as_dict(forecast), compact=placed > MOST_IN_LINES)
    else:
        print_text(forecast_text.text(forecast, terminal_columns()))
    if forecast.interrupted:
        return EXIT_INTERRUPTED
    if forecast.could_not:
        return 2
    return int(any(not check.met for pool in forecast.pools for check in pool.needs))
