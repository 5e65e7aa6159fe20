"""`poise completion`."""

import click
from click.shell_completion import get_completion_class

from poise.cli.output import write


@click.command(epilog="Example: echo 'eval \"$(poise completion bash)\"' >> ~/.bashrc")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script that makes SHELL complete poise's commands and options."""
    from poise.cli.root import root  # noqa: PLC0415 - root imports this module

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"no completion for {shell}")
    made = maker(root, {}, "poise", "_POISE_COMPLETE")
    write(made.source() + "\n")
    return 0
