"""`poise demo`: plays a story on a real stack and shows it."""

import os
from pathlib import Path

import click

from poise.cli.output import print_json, print_problem, print_text


@click.command(
    epilog="Example:\n\n  poise demo --fault database-locked --seed 7\n",
    help="Play an incident on a real stack: HAProxy, application servers, PostgreSQL and load on loopback. A fault is injected; "
    "poise notices, names the cause, repairs, proves it and writes the postmortem. Nothing outside its own folder is touched.",
)
@click.option("--fault", default="uneven-weights", show_default=True, help="Which story; --list names them.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Another seed, another course of the story.")
@click.option("--mode", default=None, help="How a network fault is made: relay, accept-queue, firewall or tun.")
@click.option("--watch-seconds", default=30, show_default=True, type=click.IntRange(min=5), help="How long the story 'none' is watched.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for postmortem, page and recording.")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), envvar="POISE_STORE", help="Where incidents are kept.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--list", "list_faults", is_flag=True, help="Name the stories and their modes.")
def command(
    fault: str, seed: int, mode: str | None, watch_seconds: int, output: Path | None, store: Path | None, form: str, list_faults: bool
) -> int:
    """See the help text above."""
    # numpy's threads serve no demo, and a process that has any may not enter a user namespace of its own (unshare(2)).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from poise.app import play_demo  # noqa: PLC0415 - the lab's libraries are slow to import
    from poise.lab.faults import FAULTS, STORIES  # noqa: PLC0415

    if list_faults:
        for line in play_demo.stories():
            print_text(line + "\n")
        return 0
    if fault not in STORIES:
        raise click.BadParameter(f"{fault!r} is not a story; known are {', '.join(STORIES)}", param_hint="--fault")
    if mode is not None and mode not in FAULTS[fault].modes:
        modes = ", ".join(FAULTS[fault].modes)
        raise click.BadParameter(f"{fault} has no mode {mode!r}; it has {modes}", param_hint="--mode")
    from rich.console import Console  # noqa: PLC0415

    from poise.cli.demo_view import DemoView  # noqa: PLC0415

    with DemoView(Console(stderr=True, highlight=False)) as view:
        played = play_demo.play(fault, seed, view.show, mode=mode, watch_seconds=watch_seconds, output=output, store=store)
    for problem in played.could_not:
        print_problem(f"poise demo: {problem.what}: {problem.reason}")
    if played.result is None:
        return 2
    if form == "json":
        print_json(play_demo.as_json(played.result))
    else:
        print_text("\n".join(play_demo.summary(played.result)) + "\n")
    return 0
