"""--store of the commands that read what is kept, or add to it."""

from pathlib import Path

import click

store_option = click.option(
    "--store", type=click.Path(path_type=Path), help="The store's file. Default: POISE_STORE, else poise's state folder."
)
