"""`poise diagnose`: from a live stack or a recording."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poise.app.diagnose_recording import read_recording
from poise.app.live import base_of, look_for, now
from poise.app.needs import read_needs
from poise.daemon.configuration import Configuration
from poise.diagnosis.engine import BLIND_SECONDS, diagnose
from poise.diagnosis.observe_load_balancer import answered_last, pause
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.sample import Stack, Window


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnosis, and which of its `could_not` concern what it cannot do without: the load balancer's socket, the configuration, the
    needs that were named, the recording's files. A database or application page that does not answer is none of these."""

    diagnosis: Diagnosis
    vital: tuple[CouldNot, ...] = ()


def live(configurations: Sequence[str], needs_path: str | None, seconds: float, begin: Callable[[], None]) -> Told:
    """Look at the stack for that long, then judge; at once where a configuration cannot be read. `begin` is called before a look."""
    needs, problems = read_needs(needs_path, beside=configurations[0])
    unread = _unread(configurations, needs)
    if unread:
        return _nothing((*unread, *problems))
    begin()
    tick = asyncio.run(look_for(configurations, needs, seconds, base_of(needs_path, configurations[0])))
    diagnosis = diagnose(tick.window)
    vital = (*problems, *_silent(tick.window, tick.could_not))
    told = tuple(dict.fromkeys((*vital, *tick.could_not, *diagnosis.could_not)))
    return Told(replace(diagnosis, could_not=told), vital)


def recorded(folder: Path) -> Told:
    """Judge what a recording holds, as of its end."""
    try:
        window = read_recording(folder)
    except OSError as error:
        return _nothing(
            (CouldNot(str(folder), f"cannot be read: {error.strerror or error}; name a folder that `poise watch --record` wrote"),)
        )
    except (OverflowError, RecursionError, ValueError) as error:
        reason = f"its files are damaged ({type(error).__name__}: {error}); record again with `poise watch --record`"
        return _nothing((CouldNot(str(folder), reason),))
    return Told(diagnose(window), window.could_not)


def _nothing(could_not: tuple[CouldNot, ...]) -> Told:
    return Told(diagnose(Window(Stack(), now(), could_not=could_not)), could_not)


def _unread(configurations: Sequence[str], needs: Needs) -> tuple[CouldNot, ...]:
    """Configurations that cannot be read or are of no product that is watched: no look would change that."""
    found: list[CouldNot] = []
    for path in configurations:
        try:
            Path(path).read_bytes()
        except OSError as error:
            found.append(CouldNot(path, f"cannot be read: {error.strerror}; name the configuration file of the running load balancer"))
    if found:
        return tuple(found)
    return tuple(c for c in Configuration(configurations, needs).could_not if c.line is None and c.what in configurations)


def _silent(window: Window, could_not: Sequence[CouldNot]) -> tuple[CouldNot, ...]:
    """Why the load balancer told nothing of late, nothing where it did. One late answer is no silence."""
    answered = answered_last(window)
    if answered is not None and window.now.timestamp() - answered < BLIND_SECONDS / 2 + 1.75 * pause(window):
        return ()
    places = {s.address for t in window.topologies for s in t.control_sockets} | {t.file for t in window.topologies}
    reasons = tuple(c for c in could_not if c.what in places and c.line is None)
    return reasons or (CouldNot("load balancer", "did not answer on its control socket while poise looked"),)
