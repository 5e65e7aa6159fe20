"""Keywords of proxy sections that HAProxy once took: what it says of them now, and what they meant."""

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.settings import Settings
from poise.balancers.haproxy.values import duration

TIMEOUTS = {"contimeout": "connect", "clitimeout": "client", "srvtimeout": "server"}
_SIDES = {"req": "http-request", "rsp": "http-response"}
_EDITS = {"add": "add-header", "del": "del-header", "rep": "replace-header", "deny": "deny", "allow": "allow", "tarpit": "tarpit"}


def _edits() -> dict[str, str]:
    """`reqirep` and its relatives: a side, `i` for any case, and what is done."""
    taken = {
        f"{side}{case}{what}": f"`{_SIDES[side]} {now}`"
        for side in _SIDES
        for what, now in _EDITS.items()
        for case in ("", "i")
        if (what != "add" or not case) and (side == "req" or what in ("add", "del", "rep", "deny"))
    }
    taken["reqrep"] = taken["reqirep"] = "`http-request replace-path` for the path, `http-request replace-header` for a header"
    return taken


# Each asked of 2.6 and 2.8: the release that dropped it as they say, and what to write now ("" for nothing).
_GONE = {
    **{old: ("2.1", f"`timeout {now}`") for old, now in TIMEOUTS.items()},
    **{old: ("2.1", now) for old, now in _edits().items()},
    "redispatch": ("2.1", "`option redispatch`"),
    "block": ("2.1", "`http-request deny`"),
    "reqpass": ("2.1", ""),
    "reqipass": ("2.1", ""),
    "cliexp": ("2.1", "`http-request replace-header`"),
    "srvexp": ("2.1", "`http-response replace-header`"),
    "appsession": ("1.6", "`stick on` or `cookie`"),
    "monitor-net": ("", "`http-request return status 200 if { src … }`"),
    "grace": ("2.5", ""),
}


def gone(settings: Settings, line: Line) -> str | None:
    """What to say of a keyword that HAProxy no longer takes, None for any other; what it meant is applied to the settings."""
    keyword = line.keyword
    if keyword not in _GONE:
        return None
    first = line.values[1] if len(line.words) > 1 else ""
    if keyword in TIMEOUTS:
        time = duration(first)
        if not isinstance(time, str):
            settings.timeouts[TIMEOUTS[keyword]] = time
    elif keyword == "redispatch":
        settings.redispatch = True
    since, instead = _GONE[keyword]
    when = f"was removed in {since}" if since else "was removed"
    return f"`{keyword}` {when}: HAProxy refuses the line. {f'Write {instead}' if instead else 'Remove it'}"
