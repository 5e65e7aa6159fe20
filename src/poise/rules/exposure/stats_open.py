"""The statistics page can be opened by anyone, perhaps with its buttons.

## What it finds
`stats enable` or `stats uri` without `stats auth` on a listener that is reachable from other machines. With `stats admin` it is an error,
else information.

## Why it hurts
With `stats admin` anyone who finds the page can drain or disable servers. Without it the page still tells addresses, versions and load.

## Bad
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen stats
    bind :8404
    stats enable
    stats uri /stats
    stats admin if TRUE
```

## Good
```haproxy
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen stats
    bind 127.0.0.1:8404
    stats enable
    stats uri /stats
    stats admin if TRUE
```

## How sure
High for the configuration. A firewall in front is not visible here.

## See also
[HAProxy: stats admin](https://docs.haproxy.org/2.8/configuration.html#4.2-stats%20admin) · `control-socket-open`
"""

from collections.abc import Iterable

from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Listener, Topology
from poise.rules.exposure.reach import is_local
from poise.rules.rule import Rule


def check(listener: Listener, topology: Topology, needs: Needs) -> Iterable[Finding]:
    """One finding per listener, at its statistics line."""
    public = [b for b in listener.binds if not is_local(b.address)]
    if listener.stats_uri is None or listener.stats_auth or not public:
        return
    can = "see the statistics page and disable servers on it" if listener.stats_admin else "see the statistics page"
    message = f"anyone who reaches {public[0].address} can {can} ({listener.name}, {listener.stats_uri}): no `stats auth`"
    why = (
        "one click takes servers out of rotation, and the others carry their share"
        if listener.stats_admin
        else "it tells servers, addresses, versions and load to anyone"
    )
    remedy = f"Add `stats auth USER:PASSWORD`, or bind {listener.name} to 127.0.0.1"
    place = listener.stats_location or listener.location
    yield RULE.found(topology, place, message, why, remedy, severity="error" if listener.stats_admin else "info")


RULE = Rule(
    "stats-open", None, "error", "high", Listener, check, __doc__, because="it prevents strangers from seeing or changing the load balancer"
)
