"""Looks that a person can take, each as a command that changes nothing, in the words of the load balancer at hand. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from shlex import quote

from poise.diagnosis.places import LAST_LINES, MOST_SERVERS, Places


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, the command, and the seconds of a person's time."""

    test: str
    command: str
    seconds: float


def look(name: str, at: Places) -> Look:
    """The look of that name at these places. Raises KeyError for a name that is not in NAMES."""
    return (OF_PRODUCT[at.product].get(name) or OF_ALL[name])(at)


def _haproxy_alive(at: Places) -> Look:
    return Look("whether HAProxy runs and its socket answers", f"systemctl --no-pager status haproxy; {at.haproxy('show info')}", 3.0)


def _haproxy_state(at: Places) -> Look:
    return Look("running weights and states of all servers", at.haproxy(f"show servers state {at.pool}"), 2.0)


def _haproxy_shares(at: Places) -> Look:
    return Look("requests and weight of each server (stot, weight)", f"{at.haproxy('show stat')} | cut -d, -f1,2,8,19", 2.0)


def _haproxy_stat(at: Places) -> Look:
    return Look("queue, sessions and limit per server (qcur, scur, slim)", f"{at.haproxy('show stat')} | cut -d, -f1-3,5,7", 2.0)


def _haproxy_rate(at: Places) -> Look:
    asked = f"{at.haproxy('show stat')} | cut -d, -f1,2,34,36"
    return Look("requests per second now and at most (rate, rate_max) of the listener", asked, 2.0)


def _nginx_alive(at: Places) -> Look:
    return Look("whether nginx runs and takes its files", f"systemctl --no-pager status nginx; nginx -t{_of_file(at)}", 3.0)


def _of_file(at: Places) -> str:
    """nginx looks into the file it was built for unless it is told another."""
    return f" -c {quote(at.file)}" if at.file and at.file != "/etc/nginx/nginx.conf" else ""


def _nginx_state(at: Places) -> Look:
    program = '{l=$0; gsub(/[{]/," { ")} $1=="upstream" && $2==ENVIRON["POOL"]{p=1} p{print l} p&&/}/{exit}'
    command = f"nginx -T{_of_file(at)} 2>/dev/null | POOL={quote(at.pool)} awk {quote(program)}"
    return Look(f"weights and states as the files have them, for nginx has no others: upstream {at.pool}", command, 3.0)


def _nginx_shares(at: Places) -> Look:
    if at.log is None:
        return _connections(at)
    named = " ".join(f"-e {quote(server)}" for server in at.servers[:MOST_SERVERS]) or "-e SERVER:PORT"
    command = f"tail -n {LAST_LINES} {quote(at.log)} | grep -owF {named} | sort | uniq -c | sort -rn"
    return Look(f"requests of each server, counted in the last {LAST_LINES} lines of the log", command, 3.0)


def _nginx_rate(at: Places) -> Look:
    if at.log is None:
        return Look("connections that clients hold", "ss -s", 2.0)
    return Look("requests in ten seconds, counted in the log", f"timeout 10 tail -n0 -F {quote(at.log)} | wc -l", 12.0)


def _connections(at: Places) -> Look:
    filters = at.sockets
    command = f"ss -Htn state established {filters or ''}".rstrip() + " | awk '{print $4}' | sort | uniq -c | sort -rn"
    return Look("connections of each server now", command, 2.0)


def _envoy_alive(at: Places) -> Look:
    return Look("whether Envoy runs and takes traffic", f"{at.envoy('/server_info')} | head -5; {at.envoy('/ready')}", 3.0)


def _envoy_state(at: Places) -> Look:
    command = _of_cluster(at, "weight|health_flags|priority")
    return Look(f"running weights and health flags of cluster {at.pool}", command, 2.0)


def _envoy_shares(at: Places) -> Look:
    command = _of_cluster(at, "rq_total|rq_active|rq_error")
    return Look(f"requests of each endpoint of cluster {at.pool}", command, 2.0)


def _of_cluster(at: Places, figures: str) -> str:
    """The lines of one cluster and no other whose name ends alike."""
    program = quote(f'index($0, ENVIRON["POOL"] "::")==1 && /::({figures})::/')
    return f"{at.envoy('/clusters')} | POOL={quote(at.pool)} awk {program}"


def _envoy_stat(at: Places) -> Look:
    pool = re.escape(at.pool.replace(":", "_"))
    asked = f"/stats?filter=^cluster%5C.{_escaped(pool)}%5C.(upstream_rq_(active|pending_active|pending_overflow)|circuit_breakers)"
    return Look(f"requests in flight, waiting and refused of cluster {at.pool}", at.envoy(asked), 2.0)


def _envoy_rate(at: Places) -> Look:
    return Look("requests that came in, to be asked twice", at.envoy("/stats?filter=downstream_rq_total"), 4.0)


def _escaped(text: str) -> str:
    return text.replace("\\", "%5C").replace(" ", "%20").replace("&", "%26").replace("#", "%23")


def _accept(at: Places) -> Look:
    return Look("connections that wait to be accepted (Recv-Q) at the listener", f"ss -ltn {_at_ports(at)}".rstrip(), 2.0)


def _at_ports(at: Places) -> str:
    return quote(f"( {' or '.join(f'sport = :{port}' for port in at.ports)} )") if at.ports else ""


def _healthz(at: Places) -> Look:
    return Look("the health page of a server, past the load balancer", f"curl -sv -m 5 {quote(f'http://{at.direct}{at.check}')}", 3.0)


def _metrics(at: Places) -> Look:
    command = f"curl -s -m 5 {quote(at.metrics or f'http://{at.direct}/metrics')}"
    return Look("slots in use, queue and response time of the application", command, 3.0)


def _sql(at: Places, query: str) -> str:
    return f"psql {quote(at.dsn)} -c {quote(query)}"


def _waits(at: Places) -> Look:
    query = "SELECT wait_event_type, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC"
    return Look("what the database's sessions wait for", _sql(at, query), 3.0)


def _blockers(at: Places) -> Look:
    query = (
        "SELECT pid, pg_blocking_pids(pid) AS blocked_by, now() - query_start AS age, left(query, 60) AS query FROM pg_stat_activity "
        "WHERE cardinality(pg_blocking_pids(pid)) > 0 ORDER BY 3 DESC"
    )
    return Look("which session blocks which", _sql(at, query), 3.0)


def _limit(at: Places) -> Look:
    query = "SELECT count(*) AS connections, current_setting('max_connections') AS allowed FROM pg_stat_activity"
    return Look("connections against their limit", _sql(at, query), 3.0)


def _pings(at: Places) -> Look:
    places = " ".join(dict.fromkeys((quote(at.path), quote(at.direct))))
    written = quote(r"%{time_connect} %{time_starttransfer}\n")
    command = f'for a in {places}; do printf "%s " "$a"; curl -so /dev/null -m 5 -w {written} "http://$a"{quote(at.check)}; done'
    return Look("connect and first byte over the path and without it", command, 5.0)


def _retrans_servers(at: Places) -> Look:
    port = at.path.rpartition(":")[2]
    filters = at.sockets or f"dst :{port if port.isdecimal() else '80'}"
    return Look("retransmissions and rtt of the connections to the servers", f"ss -ti {filters}", 2.0)


def _retrans_clients(at: Places) -> Look:
    command = f"ss -ti state established {_at_ports(at)}".rstrip()
    return Look("retransmissions and rtt of the connections of clients, on the load balancer", command, 2.0)


def _retrans_database(at: Places) -> Look:
    return Look("retransmissions and rtt of the connections to the database", f"ss -ti dst :{at.database_port}", 2.0)


def _links(_: Places) -> Look:
    return Look("errors and drops of the network interfaces", "ip -s link", 2.0)


def _client(at: Places) -> Look:
    written = quote(r"%{http_code} %{time_total}\n")
    command = f"curl -so /dev/null -m 10 -w {written} {quote(at.client)}"
    return Look("the service as a client sees it, from another network", command, 10.0)


OF_ALL: Mapping[str, Callable[[Places], Look]] = {
    "accept": _accept,
    "healthz": _healthz,
    "metrics": _metrics,
    "connections": _connections,
    "waits": _waits,
    "blockers": _blockers,
    "limit": _limit,
    "pings": _pings,
    "retrans clients": _retrans_clients,
    "retrans servers": _retrans_servers,
    "retrans database": _retrans_database,
    "links": _links,
    "client": _client,
}
OF_PRODUCT: Mapping[str, Mapping[str, Callable[[Places], Look]]] = {
    "haproxy": {
        "alive": _haproxy_alive,
        "state": _haproxy_state,
        "shares": _haproxy_shares,
        "stat": _haproxy_stat,
        "rate": _haproxy_rate,
    },
    "nginx": {"alive": _nginx_alive, "state": _nginx_state, "shares": _nginx_shares, "stat": _connections, "rate": _nginx_rate},
    "envoy": {"alive": _envoy_alive, "state": _envoy_state, "shares": _envoy_shares, "stat": _envoy_stat, "rate": _envoy_rate},
}
