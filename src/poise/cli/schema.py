"""`poise schema`."""

import click

from poise.cli.output import write
from poise.report.schema import NAMES, schema


@click.command(epilog="Example: poise schema audit > audit.schema.json")
@click.argument("name", type=click.Choice(NAMES))
def command(name: str) -> int:
    """Print the JSON Schema of an output: what `--format json` of that command holds."""
    write(schema(name))
    return 0
