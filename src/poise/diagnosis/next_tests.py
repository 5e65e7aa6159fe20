"""What to look at next: the look that separates the likeliest hypotheses, as a command to run."""

from collections.abc import Mapping, Sequence

from poise.model.diagnosis import Hypothesis, NextTest
from poise.model.sample import Window
from poise.model.without_secrets import without_userinfo

# How near the best a hypothesis must be for a look at it to be worth a person's time, in probability.
WORTH = 0.02
MOST = 3


def next_tests(ranked: Sequence[Hypothesis], window: Window) -> tuple[NextTest, ...]:
    """At most three looks: one that could refute the best hypothesis, one for its nearest rival, then for what else is likely."""
    facts = _facts(window)
    open_ones = [h for h in ranked if h.rank <= 2 or h.probability >= WORTH]
    found: dict[str, NextTest] = {}
    for hypothesis in open_ones:
        side = "database" if hypothesis.component.endswith(tuple(f"→{c.name}" for c in window.stack.of_kind("database"))) else "servers"
        key = f"{hypothesis.fault} {side}" if hypothesis.fault.startswith("network-") else hypothesis.fault
        if (look := LOOKS.get(key)) is None:
            continue
        name, test, command, seconds = look
        if name in found:
            settles = (*found[name].would_settle, hypothesis.fault)
            found[name] = NextTest(test, found[name].command, tuple(dict.fromkeys(settles)), seconds)
        else:
            found[name] = NextTest(
                test, command.format(**facts, component=hypothesis.component.partition(" ")[2]), (hypothesis.fault,), seconds
            )
    return tuple(found.values())[:MOST]


def _facts(window: Window) -> Mapping[str, str]:
    watch, stack = window.needs.watch, window.stack
    socket = next((s.address for t in window.topologies for s in t.control_sockets), "/run/haproxy/admin.sock")
    database = next(iter(watch.database.values()), None)
    server = next(iter(watch.server.values()), None)
    addresses = {c.kind: c.address for c in reversed(stack.components) if c.address}
    direct = (server.direct if server is not None else None) or addresses.get("server") or "SERVER:PORT"
    path = (
        next((s.address for t in window.topologies for p in t.pools for s in p.servers), None) or addresses.get("server") or "SERVER:PORT"
    )
    facts = {
        "socket": socket,
        "dsn": (database.dsn if database is not None else None) or "postgresql://DATABASE",
        "direct": direct,
        "path": path,
        "database_port": ((database.path if database is not None else None) or addresses.get("database") or ":5432").rpartition(":")[2],
        "check": next(
            (s.check.path for t in window.topologies for p in t.pools for s in p.servers if s.check and s.check.path), "/healthz"
        ),
        "server_port": path.rpartition(":")[2],
        "client": watch.client or "http://LISTENER/",
    }
    # Advice is pasted into chats and postmortems: who runs it fills in the password.
    return {name: without_userinfo(fact) for name, fact in facts.items()}


_STATE = ("echo 'show servers state' | socat stdio {socket}", 2.0)
_WAITS = "psql '{dsn}' -c \"SELECT wait_event_type, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC\""
_PINGS = 'for a in {path} {direct}; do curl -so /dev/null -m 5 -w "$a %{{time_connect}} %{{time_starttransfer}}\\n" http://$a{check}; done'
# fault: (one name per look, the test in words, the command, seconds of a person)
LOOKS: Mapping[str, tuple[str, str, str, float]] = {
    "load-balancer-down": (
        "alive",
        "whether HAProxy runs and its socket answers",
        "systemctl status haproxy; echo 'show info' | socat stdio {socket}",
        3.0,
    ),
    "uneven-weights": ("state", "running weights and states of all servers", *_STATE),
    "traffic-pinned": ("state", "running weights and states of all servers", *_STATE),
    "server-maxconn": (
        "stat",
        "queue, sessions and limit per server (qcur, scur, slim)",
        "echo 'show stat' | socat stdio {socket} | cut -d, -f1-3,5,7",
        2.0,
    ),
    "listener-maxconn": ("accept", "connections that wait to be accepted (Recv-Q) at the listener", "ss -ltn", 2.0),
    "wrong-health-check": (
        "healthz",
        "the health page of a server, past the load balancer",
        "curl -sv -m 5 http://{direct}{check}",
        3.0,
    ),
    "server-down": ("healthz", "the health page of a server, past the load balancer", "curl -sv -m 5 http://{direct}{check}", 3.0),
    "server-slow": ("metrics", "slots in use, queue and response time of the application", "curl -s http://{direct}/metrics", 3.0),
    "server-errors": ("metrics", "slots in use, queue and response time of the application", "curl -s http://{direct}/metrics", 3.0),
    "servers-slow-all": ("metrics", "slots in use, queue and response time of the application", "curl -s http://{direct}/metrics", 3.0),
    "database-locked": ("waits", "what the database's sessions wait for", _WAITS, 3.0),
    "database-slow": ("waits", "what the database's sessions wait for", _WAITS, 3.0),
    "database-connections": ("waits", "what the database's sessions wait for", _WAITS, 3.0),
    "network-delay servers": ("pings", "connect and first byte over the path and without it", _PINGS, 5.0),
    "network-delay database": (
        "retrans database",
        "retransmissions and rtt of the connections to the database",
        "ss -ti dst :{database_port}",
        2.0,
    ),
    "network-loss servers": (
        "retrans servers",
        "retransmissions and rtt of the connections to the servers",
        "ss -ti dst :{server_port}",
        2.0,
    ),
    "network-loss database": (
        "retrans database",
        "retransmissions and rtt of the connections to the database",
        "ss -ti dst :{database_port}",
        2.0,
    ),
    "surge": (
        "rate",
        "requests per second now and at most (rate, rate_max) of the listener",
        "echo 'show stat' | socat stdio {socket} | cut -d, -f1,2,34,36",
        2.0,
    ),
    "outside": (
        "client",
        "the service as a client sees it, from another network",
        "curl -so /dev/null -m 10 -w '%{{http_code}} %{{time_total}}\\n' {client}",
        10.0,
    ),
    "none": ("client", "the service as a client sees it", "curl -so /dev/null -m 10 -w '%{{http_code}} %{{time_total}}\\n' {client}", 5.0),
}
