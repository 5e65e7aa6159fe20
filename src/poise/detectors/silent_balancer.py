"""What the silence of a load balancer means: is it down, may poise not ask it, or was the wrong place asked?"""

from datetime import datetime

from poise.model.alert import Verdict
from poise.model.finding import Severity
from poise.model.sample import Silence, Window

# A reload or a restart that goes well is over by then.
PAGE_SECONDS = 15.0
# A machine that starts may start poise before its load balancer.
NEVER_SECONDS = 30.0
CLIENT_SECONDS = 10.0
Faults = tuple[str, ...]
UNKNOWN = "it is down, or poise can ask it no more; whether traffic is well is not known"


def silent_now(name: str, seconds: float, limit: float, window: Window, down: Faults) -> Verdict:
    """It answered before. `down` are the faults that it has if it is down."""
    silence = window.silences.get(name)
    said = f"no figures for {seconds:.0f} s: {UNKNOWN if silence is None else _meaning(silence)}"
    reason = f"the newest sample is {seconds:.1f} s old, alarm at {limit:g} s" + (f"; {silence.reason}" if silence is not None else "")
    return _of(name, silence, window, seconds > PAGE_SECONDS, said, reason, down)


def unheard(name: str, silence: Silence, window: Window, now: datetime, down: Faults) -> Verdict:
    """Nothing is kept of it: it never answered, or so long ago that it is forgotten."""
    seconds = (now - silence.since).total_seconds()
    if silence.never and seconds <= NEVER_SECONDS:
        # An alert of the watch before goes on until it is known better.
        said = "not heard yet"
        return Verdict("source_gone", f"load-balancer {name}", "ok", "error", False, said, said, figures={"holds": 1.0})
    before = "no answer since the watch began" if silence.never else "no figures"
    reason = f"asked for {seconds:.0f} s, alarm at {NEVER_SECONDS:g} s; {silence.reason}"
    return _of(name, silence, window, True, f"{before}, for {seconds:.0f} s: {_meaning(silence)}", reason, down)


def _of(name: str, silence: Silence | None, window: Window, long: bool, said: str, reason: str, faults: Faults) -> Verdict:
    down = silence is None or _down(silence)
    barred = silence is not None and silence.cause == "barred" and not down
    # Nothing else can speak when it is gone: no server's state, no share, no queue. Where clients are watched they say it.
    page = down and long and not _clients(window)
    severity: Severity = "error" if down else "info" if barred else "warning"
    return Verdict("source_gone", f"load-balancer {name}", "bad", severity, page, said, reason, faults if down else ())


def _down(silence: Silence) -> bool:
    """Whether it is likely that nobody is served. A process that hangs keeps its ports: the kernel goes on accepting for it."""
    if silence.cause == "hangs":
        return True
    return not silence.listened if silence.cause == "gone" else silence.listened is False


def _meaning(silence: Silence) -> str:
    reason = silence.reason
    if silence.cause == "hangs":
        return f"it runs and does not answer ({reason})"
    if silence.listened is False:
        return f"nobody listens at its ports ({reason})"
    if silence.cause == "barred":
        return f"poise may not ask it, so nothing is known of it; that says nothing against its traffic ({reason})"
    if silence.cause == "gone" and silence.listened:
        return f"poise finds nobody to ask, though somebody listens at its ports, so traffic may be well ({reason})"
    return f"{UNKNOWN} ({reason})"


def _clients(window: Window) -> bool:
    """Whether clients are measured now, beside the load balancer."""
    clients = window.stack.of_kind("client")
    return any(len(window.recent(c.name, metric, CLIENT_SECONDS).values) for c in clients for metric in ("success_ratio", "attempts_total"))
