"""Which parts an operator took out on purpose: those of servers in maintenance or drain."""

from collections.abc import Iterable

from poise.alerting.inhibition import may_be_away
from poise.daemon.stack_of import application_of, hop_name
from poise.detectors.reading import latest
from poise.model.alert import Verdict
from poise.model.sample import Window

# More alerts than this at once are no maintenance; reading the states of more servers would hold up the page.
MOST = 5000


def out_of_service(window: Window, verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Of the components that these verdicts are about, those that are out, or that belong to a server that is."""
    behind = {
        f"{kind} {name}": server
        for server in window.needs.watch.server
        for kind, name in (("hop", hop_name(server, window.needs)), ("application", application_of(server, window.needs)))
    }
    found: set[str] = set()
    for verdict in list(verdicts)[:MOST]:
        kind, _, name = verdict.component.partition(" ")
        server = name if kind == "server" else behind.get(verdict.component)
        if may_be_away(verdict) and server and any(latest(window, server, metric) for metric in ("maintenance", "drain")):
            found.add(verdict.component)
    return frozenset(found)
