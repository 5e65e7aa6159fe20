"""The beginning of `poise watch`: what is watched is on the screen before the rest of poise is imported, which takes a second."""

from collections.abc import Sequence
from pathlib import Path

from poise.app.inventory import listed, named
from poise.app.watch_options import Screen, WatchOptions
from poise.daemon.watched import Watched
from poise.model.could_not import CouldNot
from poise.reading.read import Sources, read
from poise.report.watch_opening import opening

# Of so many load balancers each gets a screen of its own.
MOST_SHOWN = 5
# A larger configuration takes longer to read, which the watch does once more, than the rest takes to import.
LARGE_BYTES = 256 * 1024


def run(options: WatchOptions, screen: Screen) -> int:
    """Watch until interrupted or the seconds are over. The exit code is 0, or 2 when no load balancer ever answered.

    A store that cannot be opened costs the incidents alone.
    """
    watched, problems = read_watched(options)
    for problem in problems:
        where = f":{problem.line}" if problem.line is not None else ""
        screen.tell(f"could not: {problem.what}{where}: {problem.reason}")
    if not watched:
        return 2
    shown = _first_screen(watched, screen)
    import asyncio  # noqa: PLC0415 - as the module says
    from contextlib import suppress  # noqa: PLC0415

    from poise.app.watch import Watch  # noqa: PLC0415

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


def _first_screen(watched: Sequence[Watched], screen: Screen) -> set[str]:
    """Show what is watched, where that takes no time. Gives the names of those that were shown."""
    shown: set[str] = set()
    if len(watched) > MOST_SHOWN:
        return shown
    for each in watched:
        if sum(_size(path) for path in each.configurations) > LARGE_BYTES:
            continue
        topologies = read(Sources(paths=each.configurations, together=True)).topologies
        if topologies:
            screen.block(opening(each.name, each.configurations, topologies[0], each.needs, each.reach or each.needs.watch))
            shown.add(each.name)
    return shown


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
