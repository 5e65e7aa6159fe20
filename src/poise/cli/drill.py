"""`poise drill`: a real stack with a real fault, for people who train to find it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Any

import click

from poise.cli.output import print_problem, print_text, write

COULD_NOT = 2


def _place(function: Any) -> Any:
    return click.option(
        "--directory", type=click.Path(path_type=Path, file_okay=False), help="The drill's folder. Default: the one started last."
    )(function)


@click.group(name="drill")
def command() -> None:
    """Train on a real stack with a real fault: find the cause, repair it, and see what clients lost meanwhile.

    \b
    Example:
      poise drill list
      poise drill start D01
      poise drill say database/locks --because "40 sessions wait for a lock"
      poise drill check
    """


@command.command("list", epilog="Example: poise drill list")
def list_() -> None:
    """List the drills: id, difficulty, products, what one is paged with."""
    from poise.app.drill import listing  # noqa: PLC0415 - start-up

    print_text(listing())


@command.command(epilog="Example: poise drill show D01")
@click.argument("drill", metavar="ID")
def show(drill: str) -> None:
    """Show what may be told of a drill before it: not the cause."""
    with _told():
        from poise.app.drill_pages import drill_page  # noqa: PLC0415
        from poise.app.drill_place import named  # noqa: PLC0415

        print_text(drill_page(named(drill)))


@command.command(epilog="Example: poise drill start D01 --seed 7")
@click.argument("drill", metavar="ID")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed, other names, numbers and times. Default: any.")
@click.option("--product", type=click.Choice(("haproxy", "nginx", "envoy")), help="The load balancer. Default: the drill's first.")
@click.option(
    "--with-tools/--without-tools", default=True, show_default=True, help="Whether poise.toml is there, for poise's own commands."
)
@click.option("--minutes", type=click.FloatRange(min=1, max=240), default=30, show_default=True, help="When it ends by itself.")
@click.option("--directory", type=click.Path(path_type=Path, file_okay=False), help="A folder for it. Default: in poise's state folder.")
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), envvar="POISE_STORE", help="Where the incident is kept.")
@click.option("--pace", type=float, nargs=4, hidden=True, help="Seconds of lead, page, hold, hold after the restart: for tests.")
def start(
    drill: str,
    seed: int | None,
    product: str | None,
    with_tools: bool,
    minutes: float,
    directory: Path | None,
    store: Path | None,
    pace: tuple[float, float, float, float] | None,
) -> int:
    """Start a drill; returns when the pager rings. It runs on by itself until it is solved, aborted, or its time is up."""
    with _told():
        from poise.app import drill as app  # noqa: PLC0415
        from poise.drills.state import Pace  # noqa: PLC0415

        given = Pace(*pace, limit=minutes * 60) if pace else None
        if (other := app.running()) is not None:
            print_problem(f"another drill still runs and takes its part of this machine: `poise drill abort --directory {other}` ends it")
        print_problem("starting the stack; nothing outside of its folder is touched")
        place = app.begin(drill, seed, product, with_tools=with_tools, directory=directory, store=store, minutes=minutes, pace=given)
        print_problem(f"all is well, and you wait; the folder is {place / app.STACK}, and README.txt there says what is where")
        print_problem(f"{place / app.DIRECTOR} is the director's: a chain of hashes and a seal show whether it was changed")
        paged = app.until(place, lambda said: said["paged"] is not None)
        if paged is None:
            raise app.DrillError(f"the drill broke off before the page; see {place}")
        folder = quote(str(place / app.STACK))
        print_text(f"{paged['paged']}\n\ncd {folder}; cat README.txt\n(or `poise drill shell`, which notes when you looked at what)\n")
    return 0


@command.command(epilog='Example: poise drill say network/loss --because "3 % of segments are sent again on the way to app2"')
@click.argument("hypothesis", metavar="LAYER/MECHANISM")
@click.option("--because", required=True, help="What you saw. Without evidence there is no credit.")
@_place
def say(hypothesis: str, because: str, directory: Path | None) -> int:
    """Write down what you think it is, and why. The answer does not tell whether it is right."""
    return _asked(directory, "say", hypothesis=hypothesis, because=because)


@command.command(epilog="Example: poise drill act restart database")
@click.argument("what", type=click.Choice(("reload", "restart", "escalate")))
@click.argument("target", required=False, default="")
@_place
def act(what: str, target: str, directory: Path | None) -> int:
    """Reload the load balancer, restart TARGET (load-balancer, database, or an application), or escalate to those who own a layer."""
    return _asked(directory, "act", what=what, target=target)


@command.command(epilog="Example: poise drill hint")
@_place
def hint(directory: Path | None) -> int:
    """Take the next hint. The debrief counts them."""
    return _asked(directory, "hint")


@command.command(epilog="Example: poise drill status")
@_place
def status(directory: Path | None) -> int:
    """Say what clients feel now, and what the last check found."""
    return _asked(directory, "status")


@command.command(epilog="Example: poise drill check --prevention uneven-weights")
@click.option(
    "--prevention", metavar="NAME", help="The rule of `poise audit`, or the alert, that would have warned: held against the files."
)
@_place
def check(prevention: str | None, directory: Path | None) -> int:
    """Verify the repair: 60 s under the load as it is, a start from the files, 30 s more.

    Exit codes: 0 solved, 1 not.
    """
    with _told():
        from poise.app import drill as app  # noqa: PLC0415

        place = app.current(directory)
        answer = app.ask(place, "check", prevention=prevention)
        print_problem(answer["text"])
        if answer["code"]:
            return int(answer["code"])
        after = app.until(place, lambda said: said["phase"] == "running", print_problem)
        if after is not None:
            print_text(after["text"].splitlines()[-1] + "\n")
            return 1
        print_text(app.told(place, "text"))
        return 0 if app.solved(place) else 1


@command.command(epilog="Example: poise drill abort")
@_place
def abort(directory: Path | None) -> int:
    """End the drill at once: all that it started is stopped, and looked for again.

    Exit codes: 0 nothing is left, 2 something is.
    """
    with _told():
        from poise.app import drill as app  # noqa: PLC0415

        left = app.stop(app.current(directory), "abort")
        if left:
            print_problem(f"poise drill: these processes of it still run: {', '.join(map(str, left))}; end them with kill")
            return COULD_NOT
        print_text("the drill is over; none of its processes is left\n")
    return 0


@command.command(epilog="Example: poise drill debrief --format html > debrief.html")
@click.option("--format", "form", type=click.Choice(("text", "json", "html")), default="text", show_default=True)
@_place
def debrief(form: Any, directory: Path | None) -> int:
    """Tell what it was and how it went; a drill that still runs is ended.

    Exit codes: 0 solved, 1 not.
    """
    with _told():
        from poise.app import drill as app  # noqa: PLC0415

        place = app.current(directory)
        text = app.told(place, form)
        print_text(text) if form == "text" else write(text)
        return 0 if app.solved(place) else 1


@command.command(epilog="Example: poise drill certify D01 --seeds 1-2")
@click.argument("drills", nargs=-1, metavar="[ID]...")
@click.option("--seeds", default="1", show_default=True, help="With these all checks are made; 1-3,7 is understood.")
@click.option("--brief", default="", help="With these the control, the symptom, doing nothing and one fix.")
@click.option("--product", type=click.Choice(("haproxy", "nginx", "envoy")), help="One load balancer only. Default: all of the drill's.")
@click.option("--lanes", type=click.IntRange(1, 16), default=1, show_default=True, help="How many at once: one for each core at the most.")
@click.option("--results", type=click.Path(path_type=Path, dir_okay=False), help="A file that gets each check as a line of JSON.")
def certify(drills: tuple[str, ...], seeds: str, brief: str, product: str | None, lanes: int, results: Path | None) -> int:
    """Prove that drills are fair, on the real stack: healthy before, the symptom as large as it should be, solved by each accepted fix and
    not by doing nothing, a shortcut or a wrong turn; the clues show what they should, and nothing gives the answer away.

    Exit codes: 0 all passed, 1 not.
    """
    with _told():
        from poise.app import drill_lanes  # noqa: PLC0415

        todo = drill_lanes.jobs(drills, drill_lanes.seeds_of(seeds), drill_lanes.seeds_of(brief), product)
        failed = drill_lanes.certify(todo, lanes, results, lambda line: print_text(line + "\n"))
        print_text(f"{len(todo)} certified, {failed} checks failed\n")
        return 1 if failed else 0


@command.command(epilog="Example: poise drill shell")
@_place
def shell(directory: Path | None) -> int:
    """Open a shell in the drill's folder; the debrief then says when you first looked at what."""
    with _told():
        from poise.app import drill as app  # noqa: PLC0415

        return app.shell(app.current(directory))


def _asked(directory: Path | None, question: str, /, **words: object) -> int:
    with _told():
        from poise.app import drill as app  # noqa: PLC0415

        answer: Mapping[str, Any] = app.ask(app.current(directory), question, **words)
        if answer["code"]:
            print_problem(f"poise drill {question}: {answer['text']}")
        else:
            print_text(answer["text"] + "\n")
        return int(answer["code"])


@contextmanager
def _told() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.drill_place import DrillError  # noqa: PLC0415

    try:
        yield
    except (DrillError, OSError) as error:
        print_problem(f"poise drill: {error}")
        raise SystemExit(COULD_NOT) from error
