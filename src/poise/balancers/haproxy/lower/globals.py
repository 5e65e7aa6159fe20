"""Lowers the `global` section: process limits and the control sockets."""

from dataclasses import field
from datetime import timedelta

from poise.balancers.haproxy.arguments import global_problem
from poise.balancers.haproxy.document import Line, Section
from poise.balancers.haproxy.lower.line_keywords import bind_keywords
from poise.balancers.haproxy.lower.places import Spot
from poise.balancers.haproxy.lower.report import Report
from poise.balancers.haproxy.lower.versions import Vocabulary
from poise.balancers.haproxy.values import duration, integer
from poise.model.control import ControlSocket
from poise.model.light import dataclass
from poise.model.location import Location

_GONE = {
    "nbproc": "it was removed in 2.5: threads do its work (nbthread)",
    "tune.chksize": "checks use `tune.bufsize` now: take it out",
}
_LEVELS = ("user", "operator", "admin")


@dataclass(slots=True)
class Process:
    """What all global sections together say."""

    maxconn: int | None = None
    maxconn_location: Location | None = None
    threads: int | None = None
    pid_file: str | None = None
    server_state_file: str | None = None
    hard_stop_after: timedelta | None = None
    control_sockets: list[ControlSocket] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    places: dict[str, Spot] = field(default_factory=dict)


def lower_global(section: Section, process: Process, known: Vocabulary, report: Report) -> None:
    """Apply the section's lines to `process`."""
    for line in section.lines:
        problem = _line(line, section.file, process, known)
        if problem:
            report.cannot(section.file, line.number, problem)


def _line(line: Line, file: str, process: Process, known: Vocabulary) -> str | None:
    keyword, arguments = line.keyword, line.values[1:]
    if keyword not in known.global_:
        gone = _GONE.get(keyword)
        return f"`{keyword}` is refused by HAProxy: {gone}" if gone else known.unknown(keyword, "the global section")
    first = arguments[0] if arguments else ""
    problem = global_problem(keyword, arguments, line.negated)
    if problem:
        return problem
    if keyword == "stats":
        problem = _stats(line, file, process, known)
    elif keyword in ("maxconn", "nbthread"):
        if not first or (keyword == "nbthread" and integer(first) < 1):
            problem = f"`{keyword}` needs a number: HAProxy refuses the line"
        elif not first.removeprefix("-").isdigit() and (keyword == "nbthread" or known.judged > (2, 6)):
            # 2.6 reads `maxconn 50k` as 50 and says nothing.
            problem = f"`{keyword} {first}` is not a number: HAProxy {known.judged_name} refuses the line"
        elif keyword == "maxconn":
            process.maxconn = integer(first) or None
            process.maxconn_location = line.span(file, line.words[1].start, line.words[1].end)
        else:
            process.threads = integer(first)
    elif keyword == "hard-stop-after":
        time = duration(first)
        problem = time if isinstance(time, str) else None
        process.hard_stop_after = None if isinstance(time, str) else time
    elif keyword in ("pidfile", "server-state-file"):
        problem = None if first else f"`{keyword}` needs a path: HAProxy refuses the line"
        if keyword == "pidfile":
            process.pid_file = first or None
        else:
            process.server_state_file = first or None
    if problem is None and keyword not in ("stats", "setenv", "presetenv"):
        # The values of set variables are often secrets, and are applied where they are used.
        process.options[keyword] = "no" if line.negated else " ".join(arguments)
        process.places[keyword] = Spot(line, file)
    return problem


def _stats(line: Line, file: str, process: Process, known: Vocabulary) -> str | None:
    values = line.values
    what = values[1] if len(values) > 1 else ""
    if what == "timeout":
        time = duration(values[2] if len(values) > 2 else "")
        process.options["stats timeout"] = values[2] if len(values) > 2 else ""
        return time if isinstance(time, str) else None
    if what == "maxconn":
        process.options["stats maxconn"] = values[2] if len(values) > 2 else ""
        return None if len(values) > 2 else "`stats maxconn` needs a number: HAProxy refuses the line"
    if what in ("bind-process",):
        return None
    if what != "socket":
        return f"`stats {what}` is not one that HAProxy knows in the global section: it refuses the line"
    if len(values) < 3 or not values[2]:
        return "`stats socket` needs a path or an address: HAProxy refuses the line"
    found, problem = bind_keywords(line.words[3:], file, line, known)
    options = {keyword.name: keyword.value for keyword in found}
    level = options.get("level", "operator")
    if level not in _LEVELS:
        problem = problem or f"`level {level}`: HAProxy knows user, operator and admin"
    process.control_sockets.append(
        ControlSocket(
            values[2], level, line.location(file), mode=options.get("mode"), expose_listeners=options.get("expose-fd") == "listeners"
        )
    )
    return problem
