"""`poise` itself: the commands by name, each imported when it is called."""

from importlib import import_module

import click

from poise import __version__

# name: what one line of `poise --help` says of it. The module poise.cli.<name> holds the command as its attribute `command`.
COMMANDS = {
    "audit": "Find what is misconfigured.",
    "predict": "Forecast each server's share, and what a loss does.",
    "diff": "Say how a change moves the traffic.",
    "needs": "Write a commented poise.toml for a configuration.",
    "watch": "Watch a live stack and alert.",
    "alert": "List, acknowledge and silence alerts.",
    "reviews": "List, show and sign off scheduled reviews.",
    "history": "Show what a watch measured, at any moment.",
    "diagnose": "Say which layer is at fault, and why.",
    "fix": "Show the repair; --apply runs and proves it.",
    "incident": "List, show and write up incidents.",
    "review": "Read postmortems, find what contradicts.",
    "export": "Write rules and pages for Prometheus and Grafana.",
    "drill": "Train on a real stack with a real fault.",
    "demo": "Play an incident on a real stack.",
    "explain": "Show the page of a rule, fault, drill or chapter.",
    "docs": "Describe a configuration.",
    "schema": "Print the JSON Schema of an output.",
    "completion": "Print the shell's completion script.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported by name: `poise audit` does not wait for the lab's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"poise.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"poise.cli.{cmd_name}.command is not a command")
        # The name that is registered is the name that users type, whatever the function is called.
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, which suggests a near option and no near command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as problem:
            import difflib  # noqa: PLC0415 - only a slip waits for it

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            raise click.UsageError(problem.message + (f" Did you mean '{near[0]}'?" if near else ""), ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Example: poise audit /etc/haproxy/haproxy.cfg",
)
@click.version_option(__version__, message="poise %(version)s")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="warning",
    show_default=True,
    help="How much to say on stderr; debug shows tracebacks.",
)
@click.pass_context
def root(context: click.Context, log_level: str) -> None:
    """Keep a load-balanced web service level, and its incidents short.

    Exit codes: 0 well, 1 findings or not done, 2 something could not be read or done, 64 wrong usage, 70 a bug in poise, 130 interrupted.
    """
    context.obj = log_level
    if log_level != "warning":
        import logging  # noqa: PLC0415 - only who asks for more pays for it

        logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
