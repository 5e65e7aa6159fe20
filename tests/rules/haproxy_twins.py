"""Twins of HAProxy's rules: each looks like the defect and is none, with the needs that make the rule look at it."""

from poise.model.needs import Needs, Objectives, PoolNeeds

DEFAULTS = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
"""
CHECKED = "option httpchk GET /healthz"


def listen(*lines: str, servers: tuple[str, ...] = ("check", "check", "check"), needs: PoolNeeds | None = None) -> tuple[str, Needs]:
    """A listen section `web` of these lines, with one server app1, app2 … for each entry of `servers`."""
    body = [*lines, *(f"server app{i} 10.0.0.{i}:8080 {words}" for i, words in enumerate(servers, 1))]
    text = DEFAULTS + "listen web\n    bind :8080\n" + "".join(f"    {line}\n" for line in body)
    return text, Needs(pool={"web": needs} if needs else {})


def front(*lines: str, backends: tuple[str, ...] = ("web", "api"), more: str = "") -> tuple[str, Needs]:
    """A frontend of these lines before checked backends of two servers each."""
    text = DEFAULTS + "frontend http\n    bind :80\n" + "".join(f"    {line}\n" for line in lines)
    for number, name in enumerate(backends):
        text += f"backend {name}\n    {CHECKED}\n" + "".join(f"    server app{i} 10.0.{number}.{i}:8080 check\n" for i in (1, 2))
    return text + more, Needs()


AGENT = "check weight 100 agent-check agent-port 9999"
RESOLVERS = "resolvers dns\n    nameserver ns1 10.0.0.53:53\n"

HAPROXY_TWINS: dict[str, tuple[str, Needs]] = {
    # The agent tunes the weight, the check of another server tells life.
    "agent-without-check": listen(CHECKED, servers=(AGENT, "track web/app1 weight 100 agent-check agent-port 9999")),
    # A backup gets nothing that could be shed.
    "agent-partial": listen(CHECKED, "option redispatch", servers=(AGENT, AGENT, "check weight 100 backup")),
    "agent-weight-ignored": listen(CHECKED, "balance uri", "hash-type consistent", servers=(AGENT, AGENT)),
    "coarse-weights": listen(
        CHECKED, servers=("check weight 10 agent-check agent-port 9999", "check weight 10 agent-check agent-port 9999")
    ),
    # One checked server is enough for the pool to count as down without it.
    "backup-never-used": listen(CHECKED, servers=("check", "track web/app1", "backup")),
    # 20 s + 9 × 5 s: just over a minute.
    "slow-return": listen(CHECKED, servers=("check inter 20s fastinter 5s fall 1 rise 10", "check")),
    # 3 × (2 s + 5 s) = 21 s.
    "check-timeout-long": listen(CHECKED, "timeout check 5s"),
    "check-accepts-errors": listen(CHECKED, "http-check expect rstatus ^(2|3|401)", "http-check expect ! string maintenance"),
    "errors-eject-server": listen(CHECKED, servers=("check observe layer7 error-limit 1", "check observe layer7 error-limit 1")),
    "observe-without-effect": listen(CHECKED, servers=("check observe layer7", "check observe none")),
    # Slots for addresses that the control socket brings.
    "template-without-resolvers": (DEFAULTS + "listen web\n    bind :80\n    server-template app 3 10.0.0.1:80 check disabled\n", Needs()),
    "start-needs-dns": (
        DEFAULTS + RESOLVERS + f"listen web\n    bind :80\n    {CHECKED}\n"
        "    server-template app 3 app.internal:80 check resolvers dns init-addr last,none\n",
        Needs(),
    ),
    "dns-answer-truncated": (
        DEFAULTS + RESOLVERS + f"listen web\n    bind :80\n    {CHECKED}\n"
        "    server-template app 28 app.internal:80 check resolvers dns init-addr none\n",
        Needs(),
    ),
    # A page of another kind: the listener has no pool to speak for.
    "health-page-always-ok": (DEFAULTS + "frontend alive\n    bind :8081\n    monitor-uri /alive\n", Needs()),
    "check-answered-by-itself": front(
        "default_backend web",
        backends=(),
        more="backend web\n    option httpchk GET /alive\n    server inner 127.0.0.1:8081 check\nlisten inner\n    bind 127.0.0.1:8081\n"
        "    monitor-uri /alive\n    monitor fail if { nbsrv lt 1 }\n    option httpchk GET /healthz\n"
        "    server app1 10.0.0.1:80 check\n    server app2 10.0.0.2:80 check\n",
    ),
    # What stands below the catch-all is the same pool.
    "unreachable-rule": front("acl api path_beg /api", "use_backend api if api", "use_backend web if TRUE", "default_backend web"),
    # The map names pools that the file does not show.
    "pool-without-route": front("use_backend %[req.hdr(host),lower,map(/dev/null,web)]", backends=("web", "api")),
    # Who sets the variable may say any name, and does so while HAProxy runs.
    "map-to-missing-pool": front("http-request set-var(txn.pool) hdr(x-pool)", "use_backend %[var(txn.pool)]", backends=("web",)),
    "no-pool-for-requests": front("http-request redirect scheme https", backends=()),
    # The known way to show a notice.
    "pool-without-servers": front(
        "default_backend notice",
        backends=(),
        more="backend notice\n    http-request return status 503 content-type text/plain string later\n",
    ),
    "bind-shared": front(
        "default_backend web", backends=("web",), more="frontend other\n    bind :80 interface lo\n    default_backend web\n"
    ),
    # Each pool of the file may hash or not.
    "hash-settings-ignored": (
        DEFAULTS.replace("mode http", "mode http\n    hash-type consistent") + listen(CHECKED, "balance leastconn")[0][len(DEFAULTS) :],
        Needs(),
    ),
    # TLS on the TLS port, plain on the plain port.
    "protocol-partial": (
        DEFAULTS + f"listen web\n    bind :80\n    {CHECKED}\n    server old 10.0.0.1:8080 check\n"
        "    server new 10.0.0.2:8443 check ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt verifyhost app.internal\n",
        Needs(),
    ),
    "streams-per-connection": listen("mode tcp", "option tcp-check"),
    # Judged by 2.8, where nobody speaks of the default.
    "default-algorithm": listen(CHECKED),
    "hash-by-position": listen(
        CHECKED,
        "option redispatch",
        "balance source",
        "hash-type consistent",
        servers=("check id 11", "check id 12", "check id 13"),
        needs=PoolNeeds(sticky=True),
    ),
    # 0.1 + 0.9 / 3 = 40 %, below twice a third.
    "hot-key-unbounded": listen(CHECKED, "balance uri", "hash-type consistent", needs=PoolNeeds(hot_key_share=0.1)),
    "leastconn-short-requests": listen(CHECKED, "balance leastconn", needs=PoolNeeds(service_time_ms=40)),
    # 1000 × 0.1 s ÷ 2 = 50 in flight for three servers.
    "leastconn-many-balancers": listen(
        CHECKED, "balance leastconn", needs=PoolNeeds(load_balancers=2, peak_requests_per_second=1000, service_time_ms=100)
    ),
}

LIMITED = ("check maxconn 50", "check maxconn 50")
HAPROXY_TWINS |= {
    # The port is the listener's, and what goes there has another path.
    "sent-to-itself": (
        DEFAULTS + f"frontend http\n    bind :80\n    http-request set-path /v2%[path] if {{ path_beg /v1 }}\n    default_backend web\n"
        f"backend web\n    {CHECKED}\n    server app1 127.0.0.1:80 check\n    server app2 10.0.0.2:80 check\n",
        Needs(),
    ),
    # 1000 × 0.05 s = 50 at once, and two backups of 25.
    "backup-capacity": listen(
        CHECKED,
        "option allbackups",
        servers=("check", "check", "check maxconn 25 backup", "check maxconn 25 backup"),
        needs=PoolNeeds(peak_requests_per_second=1000, service_time_ms=50),
    ),
    # Ten times as many, but nobody waits long.
    "queue-far-above-servers": listen(CHECKED, "maxconn 10000", "timeout queue 5s", servers=LIMITED),
    "server-without-maxconn": listen(CHECKED, servers=LIMITED, needs=PoolNeeds(concurrency_per_server=50)),
    "minconn-without-effect": listen(CHECKED, "fullconn 500", servers=("check minconn 5 maxconn 50", "check minconn 5 maxconn 50")),
    # A role, and the sessions go with it.
    "failed-server-keeps-connections": (
        DEFAULTS.replace("mode http", "mode tcp") + "listen redis\n    bind :6379\n    option tcp-check\n"
        "    tcp-check expect string role:master\n"
        "    default-server check inter 1s on-marked-down shutdown-sessions\n    server r1 10.0.0.1:6379\n    server r2 10.0.0.2:6379\n",
        Needs(),
    ),
    # An action that every version has.
    "directive-too-new": listen(CHECKED, "http-request set-tos 4", servers=("check", "check")),
    "number-misread": listen(CHECKED, servers=("check maxconn 0 weight 010", "check weight 10")),
    # Two processes on this machine are told apart, as the loss of the machine takes the load balancer with it.
    "survive-impossible": (
        DEFAULTS + f"listen web\n    bind :80\n    {CHECKED}\n    server app1 127.0.0.1:8081 check\n    server app2 127.0.0.1:8082 check\n",
        Needs(pool={"web": PoolNeeds(survive=1)}),
    ),
    "template-slots": (
        DEFAULTS + RESOLVERS + f"listen web\n    bind :80\n    {CHECKED}\n"
        "    server-template app 8 app.internal:80 check resolvers dns init-addr none\n",
        Needs(pool={"web": PoolNeeds(instances=6)}),
    ),
    "timeout-order": listen(CHECKED, "timeout client 30s", "timeout server 50s"),
    # No limit, no queue.
    "queue-over-objective": listen(CHECKED, "timeout queue 5s", needs=PoolNeeds(objectives=Objectives(latency_p99_ms=500))),
    "server-timeout-too-short": listen(CHECKED, "timeout server 2s", needs=PoolNeeds(service_time_ms=1500)),
    # Old habits: milliseconds, and enough of them.
    "time-without-unit": listen(CHECKED, "timeout client 30000", "timeout connect 5000", servers=("check inter 2000", "check inter 2000")),
    "slowstart-long": listen(CHECKED, servers=("check slowstart 5m", "check slowstart 5m")),
    "long-connect-timeout": listen(CHECKED, "timeout connect 10s"),
    "upgrade-cut-by-timeout": front(
        "acl ws path_beg /ws/",
        "use_backend web if ws",
        "default_backend web",
        backends=(),
        more=f"backend web\n    {CHECKED}\n    timeout tunnel 10m\n    server app1 10.0.0.1:80 check\n    server app2 10.0.0.2:80 check\n",
    ),
    "no-failover": listen(CHECKED, "retries 1"),
    # Spoofing the client's address needs a connection for each client.
    "connection-per-request": listen(CHECKED, "http-reuse never", "source 0.0.0.0 usesrc clientip"),
}

COOKIES = ("check cookie a", "check cookie b")
CA = "check ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt"
PEERS = "peers lbs\n    peer lb1 10.0.0.11:1024\n    peer lb2 10.0.0.12:1024\n"
STICKY = PoolNeeds(sticky=True)
HAPROXY_TWINS |= {
    "sticky-unbound": listen(
        CHECKED, "option redispatch", "balance source", "hash-type consistent", servers=("check id 1", "check id 2"), needs=STICKY
    ),
    # The file gives every request the header.
    "sticky-key-absent": listen(
        CHECKED,
        "option redispatch",
        "http-request set-header X-Session %[req.cook(JSESSIONID)]",
        "balance hdr(X-Session)",
        "hash-type consistent",
        servers=("check id 1", "check id 2"),
        needs=STICKY,
    ),
    "stick-table-not-shared": (
        PEERS + listen(CHECKED, "option redispatch", "stick-table type ip size 200k expire 30m peers lbs", "stick on src")[0],
        Needs(pool={"web": PoolNeeds(sticky=True, load_balancers=2)}),
    ),
    # One entry is all that `stick on dst` needs.
    "stick-table-too-small": listen(CHECKED, "option redispatch", "stick-table type ip size 1 nopurge", "stick on dst"),
    "cookie-values-unused": listen(CHECKED, "option redispatch", "cookie SRV insert", servers=COOKIES),
    # Written in defaults for the pools that read HTTP.
    "cookie-in-tcp-mode": (
        DEFAULTS
        + "    cookie SRV insert indirect nocache\n    option redispatch\n"
        + listen("mode tcp", "option tcp-check")[0][len(DEFAULTS) :],
        Needs(),
    ),
    # Without persistence nobody is sent to a dead server.
    "persist-on-dead-servers": listen(CHECKED, "option persist"),
    "server-state-unused": (
        "global\n    server-state-base /var/lib/haproxy\n" + listen(CHECKED, "load-server-state-from-file local")[0],
        Needs(),
    ),
    # Who may only look changes nothing that could be lost.
    "state-lost-on-reload": ("global\n    stats socket /run/haproxy/stats.sock mode 660 level user\n" + listen(CHECKED)[0], Needs()),
    "old-processes-linger": ("global\n    hard-stop-after 1h\n" + listen(CHECKED, "timeout tunnel 12h")[0], Needs()),
    # Addresses have no name to send.
    "server-name-not-sent": listen(CHECKED, servers=(f"{CA} verifyhost 10.0.0.1", "check ssl verify none")),
    "server-tls-without-name": listen(CHECKED, servers=(f"{CA} verifyhost app1.internal", f"{CA} sni req.hdr(host)")),
}

HAPROXY_TWINS |= {
    # One of the two intervals is short: the health checks ask.
    "resolver-keeps-answers": (
        DEFAULTS + RESOLVERS + "    hold valid 1h\n" + f"listen web\n    bind :80\n    {CHECKED}\n"
        "    server app1 app1.internal:80 check resolvers dns init-addr none\n"
        "    server app2 app2.internal:80 check resolvers dns init-addr none\n",
        Needs(),
    ),
    # As many servers as its part needs.
    "split-out-of-proportion": front("use_backend api if { rand(100) lt 50 }", "default_backend web"),
    "hash-of-constant": front(
        "use_backend web if { hdr(host) -i a.example.net b.example.net }",
        backends=(),
        more=f"backend web\n    {CHECKED}\n    balance hdr(host)\n    hash-type consistent\n"
        "    server app1 10.0.0.1:80 check\n    server app2 10.0.0.2:80 check\n",
    ),
    # Half of the pool is gone.
    "fallback-too-early": front("use_backend api if { nbsrv(web) lt 2 }", "default_backend web"),
    "httpchk-header-in-version": listen("option httpchk GET /healthz HTTP/1.1", "http-check send hdr Host www.example.net"),
    # The proxies of the own network alone are believed.
    "client-address-from-anyone": listen(
        CHECKED, "balance source", "hash-type consistent", "acl ours src 10.0.9.0/24", "http-request set-src hdr(x-forwarded-for) if ours"
    ),
}
