"""The beginning of `poise watch`: what is watched is on the screen before the rest of poise is imported, which takes a second."""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from poise.app.inventory import listed, named
from poise.app.watch_options import Screen, WatchOptions
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.reading.files import STANDARD_INPUT
from poise.reading.read import Sources, read
from poise.report.watch_opening import opening

# Of so many load balancers each gets a screen of its own.
MOST_SHOWN = 5
# A larger configuration takes longer to read, which the watch does once more, than the rest takes to import.
LARGE_BYTES = 256 * 1024
MOST_BESIDE = 1000


def run(options: WatchOptions, screen: Screen) -> int:
    """Watch until interrupted or the seconds are over. The exit code is 0, or 2 when no load balancer ever answered.

    A store that cannot be opened costs the incidents alone. A file that is not there when the watch begins is a slip of the fingers: it
    ends at once. One that goes later is waited for, as is one that an inventory lists.
    """
    if absent := [problem for path in options.configurations if (problem := _absent(path)) is not None]:
        for problem in absent:
            screen.tell(f"could not: {problem.what}: {problem.reason}")
        return 2
    watched, problems = read_watched(options)
    for problem in problems:
        where = f":{problem.line}" if problem.line is not None else ""
        screen.tell(f"could not: {problem.what}{where}: {problem.reason}")
    if not watched:
        return 2
    shown, nothing = _first_screen(watched, screen)
    if nothing and options.inventory is None:
        for problem in nothing:
            screen.tell(f"could not: {problem.what}: {problem.reason}")
        return 2
    import asyncio  # noqa: PLC0415 - as the module says
    from contextlib import suppress  # noqa: PLC0415

    from poise.app.watch import Watch  # noqa: PLC0415
    from poise.daemon.short_lived import give_back_large  # noqa: PLC0415

    give_back_large()
    watch = Watch(options, screen, watched, shown)
    # SIGTERM is how a service ends: in order, and well.
    with suppress(asyncio.CancelledError):
        asyncio.run(watch.run())
    return 0 if watch.answered else 2


def read_watched(options: WatchOptions) -> tuple[tuple[Watched, ...], tuple[CouldNot, ...]]:
    """The load balancers that were asked for, and what is wrong with what says so."""
    if options.inventory is not None:
        return listed(options.inventory, options.needs_path)
    return named(options.configurations, options.needs_path)


def _first_screen(watched: Sequence[Watched], screen: Screen) -> tuple[set[str], list[CouldNot]]:
    """Show what is watched, where that takes no time. Gives the names of those that were shown, and why others are no configuration: not
    what may not be read, for the right may come."""
    shown: set[str] = set()
    nothing: list[CouldNot] = []
    if len(watched) > MOST_SHOWN:
        return shown, nothing
    for each in watched:
        if sum(_size(path) for path in each.configurations) > LARGE_BYTES:
            continue
        reading = read(Sources(paths=each.configurations, together=True))
        topologies = reading.topologies
        if not topologies and all(os.access(path, os.R_OK) for path in each.configurations):
            said = "no configuration of HAProxy, nginx or Envoy is found there, so nothing is watched. Name its file"
            nothing += reading.could_not or [CouldNot(" ".join(each.configurations), said)]
        if topologies:
            screen.block(opening(each.name, each.configurations, topologies[0], each.needs, each.reach or each.needs.watch))
            shown.add(each.name)
    return shown, nothing


def _absent(path: str) -> CouldNot | None:
    """What to say of a path where nothing is."""
    if path == STANDARD_INPUT:
        return CouldNot(path, "a watch reads its files again whenever they change, and standard input can be read once. Name the file")
    place = Path(path)
    try:
        place.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        return None
    else:
        return None
    if place.is_symlink():
        return CouldNot(path, "it is a link to a file that does not exist, so nothing is watched. Check the link")
    try:
        beside = [each.name for each in islice(place.absolute().parent.iterdir(), MOST_BESIDE)]
    except OSError:
        beside = []
    meant = next(iter(get_close_matches(place.name, beside, 1)), None)
    advice = "Check the path" if meant is None else f"Did you mean {place.with_name(meant)}?"
    return CouldNot(path, f"there is no such file, so nothing is watched. {advice}")


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
