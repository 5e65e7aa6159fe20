"""`poise diagnose`: from a live stack or a recording."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from poise.app.diagnose_recording import read_recording, recordings
from poise.diagnosis.engine import BLIND_SECONDS, diagnose
from poise.diagnosis.observe_load_balancer import answered_last, pause
from poise.diagnosis.recording import EPOCH
from poise.diagnosis.several import Looked, together
from poise.faults import plan_for
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis, Hypothesis
from poise.model.needs import Needs
from poise.model.plan import Plan
from poise.model.sample import Stack, Window
from poise.reading.files import is_folder

if TYPE_CHECKING:
    from poise.app.diagnose_prometheus import FromPrometheus
    from poise.daemon.watcher import Tick

# What looks at a live stack is imported by who looks: of a recording it would be two thirds of the time.
NO_RECORDING = "name a folder that `poise watch --record` wrote"


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnosis, and which of its `could_not` concern what it cannot do without: the load balancer's socket, the configuration, the
    needs that were named, the recording's files. A database or application page that does not answer is none of these. `looked` are the
    load balancers that it is of."""

    diagnosis: Diagnosis
    vital: tuple[CouldNot, ...] = ()
    looked: tuple[Looked, ...] = ()


def live(configurations: Sequence[str], needs_path: str | None, seconds: float, begin: Callable[[], None]) -> Told:
    """Look at the stack for that long, then judge; at once where a configuration cannot be read. `begin` is called before a look.

    Files are one load balancer's or several as for `poise watch`: HAProxy's of one process together, nginx's and Envoy's each.
    """
    import asyncio  # noqa: PLC0415 - see above

    from poise.app.inventory import named  # noqa: PLC0415
    from poise.app.live import look_for  # noqa: PLC0415
    from poise.app.look_at_several import look_at_several  # noqa: PLC0415

    watched, problems = named(configurations, needs_path)
    unread = tuple(c for each in watched for c in _unread(each.configurations, each.needs))
    if unread:
        return _nothing((*unread, *problems))
    begin()
    if len(watched) == 1:
        only = watched[0]
        ticks: Sequence[Tick] = (asyncio.run(look_for(only.configurations, only.needs, seconds, only.base)),)
    else:
        ticks = asyncio.run(look_at_several(watched, seconds))
    vital = list(problems)
    others: list[CouldNot] = []
    looked = []
    for each, tick in zip(watched, ticks, strict=True):
        looked.append(Looked(each.name, tick.window, diagnose(tick.window)))
        vital += _silent(tick.window, tick.could_not)
        others += tick.could_not
    return _told(looked, vital, others)


def recorded(folder: Path) -> Told:
    """Judge what a recording holds, as of its end; of a folder of recordings, all of them together."""
    looked: list[Looked] = []
    vital: list[CouldNot] = []
    for name, place in recordings(folder).items():
        try:
            window = read_recording(place)
        except OSError as error:
            vital.append(CouldNot(str(place), f"cannot be read: {error.strerror or error}; {NO_RECORDING}"))
        except (OverflowError, RecursionError, ValueError) as error:
            reason = f"its files are damaged ({type(error).__name__}: {error}); record again with `poise watch --record`"
            vital.append(CouldNot(str(place), reason))
        else:
            # A log beside the samples is more than is needed: what is odd about it is told and decides nothing.
            vital += (c for c in window.could_not if not c.what.startswith("logs/"))
            if not window.series and window.now <= EPOCH:
                window = replace(window, now=datetime.now(UTC))  # it has no time of its own
            looked.append(Looked(name, window, diagnose(window)))
    return _told(looked, vital, ())


def from_prometheus(wanted: "FromPrometheus") -> Told:
    """Judge what exporters told, as of the end of that time."""
    from poise.app.diagnose_prometheus import look  # noqa: PLC0415 - see above

    looked, vital, others = look(wanted)
    return _told(looked, vital, others)


def plan_of(told: Told) -> Plan | None:
    """What would repair it; None where nothing is at fault any more or it cannot be told."""
    if told.diagnosis.verdict != "fault" or told.diagnosis.ended is not None:
        return None
    best = told.diagnosis.best
    return plan_for(best, _where(told, best).window)


def repair_of(told: Told, configurations: Sequence[str]) -> str | None:
    """The command that shows the plan and runs it, for the load balancer that is to blame."""
    if told.diagnosis.verdict != "fault" or told.diagnosis.ended is not None or not told.looked:
        return None
    topologies = _where(told, told.diagnosis.best).window.topologies
    files = [f for t in topologies for f in (t.files or (t.file,))]
    mine = [c for c in configurations if c in files] or list(configurations)
    return f"poise fix {shlex.join(mine)}"


def _where(told: Told, hypothesis: Hypothesis) -> Looked:
    return next((each for each in told.looked if each.name == hypothesis.load_balancer), told.looked[0])


def _told(looked: Sequence[Looked], vital: Sequence[CouldNot], others: Sequence[CouldNot]) -> Told:
    if not looked:
        return _nothing((*vital, *others))
    diagnosis = together(looked)
    told = tuple(dict.fromkeys((*vital, *others, *diagnosis.could_not)))
    return Told(replace(diagnosis, could_not=told), tuple(dict.fromkeys(vital)), tuple(looked))


def _nothing(could_not: tuple[CouldNot, ...]) -> Told:
    return Told(diagnose(Window(Stack(), datetime.now(UTC), could_not=could_not)), could_not)


def _unread(configurations: Sequence[str], needs: Needs) -> tuple[CouldNot, ...]:
    """Configurations that cannot be read or are of no product that is watched: no look would change that."""
    found: list[CouldNot] = []
    for path in configurations:
        if is_folder(path):
            continue
        try:
            Path(path).read_bytes()
        except OSError as error:
            found.append(CouldNot(path, f"cannot be read: {error.strerror}; name the configuration file of the running load balancer"))
    if found:
        return tuple(found)
    from poise.daemon.configuration import Configuration  # noqa: PLC0415 - see above

    return tuple(c for c in Configuration(configurations, needs).could_not if c.line is None and c.what in configurations)


def _silent(window: Window, could_not: Sequence[CouldNot]) -> tuple[CouldNot, ...]:
    """Why the load balancer told nothing of late, nothing where it did. One late answer is no silence."""
    answered = answered_last(window)
    if answered is not None and window.now.timestamp() - answered < BLIND_SECONDS / 2 + 1.75 * pause(window):
        return ()
    places = {s.address for t in window.topologies for s in t.control_sockets} | {t.file for t in window.topologies}
    reasons = tuple(c for c in could_not if c.what in places and c.line is None)
    return reasons or (CouldNot("load balancer", "did not answer on its control socket while poise looked"),)
