"""Lowers `http-check` and `tcp-check` lines: what a health check says and expects."""

from itertools import pairwise

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.settings import Settings

_HTTP = ("disable-on-404", "send-state", "comment", "connect", "send", "expect")
_TCP = ("comment", "connect", "expect", "send", "send-lf", "send-binary", "send-binary-lf")
_VARIABLES = ("set-var(", "set-var-fmt(", "unset-var(")


def http_check(settings: Settings, line: Line) -> str | None:
    """Apply one `http-check` line; what HAProxy would refuse."""
    values = line.values[1:]
    what = values[0] if values else ""
    if what not in _HTTP and not what.startswith(_VARIABLES):
        return f"`http-check {what}` is not one that HAProxy knows: it refuses the line"
    if what == "send":
        for name, value in pairwise(values[1:]):
            if name == "meth":
                settings.check.method = value
            elif name in ("uri", "uri-lf"):
                settings.check.path = value
    elif what == "expect":
        settings.check.expect = " ".join(values[1:])
    return None


def tcp_check(settings: Settings, line: Line) -> str | None:
    """Apply one `tcp-check` line; what HAProxy would refuse."""
    values = line.values[1:]
    what = values[0] if values else ""
    if what not in _TCP and not what.startswith(_VARIABLES):
        return f"`tcp-check {what}` is not one that HAProxy knows: it refuses the line"
    if what not in ("comment", "connect"):
        settings.check.scripted = True
    return None
