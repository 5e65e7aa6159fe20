"""Whether a server's application is there at all, by what it tells of itself and by fresh connects to it."""

from poise.diagnosis.halves import Halves
from poise.diagnosis.parts import PoolParts


def tells(cut: Halves, application: str) -> bool:
    """Did it tell anything in the later half of the time since the onset?"""
    middle = (cut.after[0] + cut.after[1]) / 2
    return any(len(cut.window.get(application, m).between(middle, cut.after[1]).values) for m in ("in_flight", "requests_total"))


def told(cut: Halves, application: str) -> bool:
    """Did it tell anything before the onset?"""
    return any(len(cut.normal(application, m)) > 0 for m in ("in_flight", "requests_total"))


def gone(cut: Halves, parts: PoolParts, server: str) -> bool:
    """Has its application fallen silent, or does nobody take our own connects to it any more?"""
    application = parts.applications.get(server)
    silent = application is not None and told(cut, application) and not tells(cut, application)
    return silent or _refused(cut, application or server, parts.servers[server])


def _refused(cut: Halves, application: str, component: str) -> bool:
    """Most of our own connects over the path have failed since the onset, and hardly any before."""
    for hop in cut.window.stack.of_kind("hop"):
        if hop.name.partition("→")[2] not in (application, component):
            continue
        failed, usual = cut.counter_now(hop.name, "connect_failures_total"), cut.counter_normal(hop.name, "connect_failures_total")
        tried = cut.counter_now(hop.name, "attempts_total")
        of = tried[0] if tried is not None else (failed[1] if failed is not None else 0.0)
        if failed is not None and failed[0] >= 3 and failed[0] > 0.6 * of and (usual is None or usual[0] < 0.1 * max(usual[1], 1.0)):
            return True
    return False
