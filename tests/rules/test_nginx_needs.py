"""What the application's needs turn into a finding of nginx's rules."""

from pathlib import Path

import pytest
from nginx_texts import THREE, http, whole
from rule_examples import read

from poise.model.needs import Needs, Objectives, PoolNeeds
from poise.rules.engine import check

NEEDS: dict[str, tuple[str, PoolNeeds, str, str]] = {
    "too few for the peak": (
        http("zone web 64k;\nserver 10.0.0.1:80 max_conns=20;\nserver 10.0.0.2:80 max_conns=20;\n"),
        PoolNeeds(peak_requests_per_second=1200, service_time_ms=40),
        "max-conns-below-need",
        "error",
    ),
    "read timeout below what was promised": (
        http(THREE, "grpc_read_timeout 3s;", "grpc_pass web;"),
        PoolNeeds(objectives=Objectives(latency_p99_ms=5000)),
        "server-timeout-too-short",
        "warning",
    ),
    "read timeout below the service time": (
        http(THREE, "proxy_read_timeout 5s;"),
        PoolNeeds(service_time_ms=8000),
        "server-timeout-too-short",
        "error",
    ),
    "a hash of the address behind NAT": (
        http("hash $binary_remote_addr consistent;\n" + THREE),
        PoolNeeds(clients_behind_nat=True),
        "source-behind-nat",
        "error",
    ),
    "sticky by the client's port": (
        http("hash $remote_addr:$remote_port consistent;\n" + THREE),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "sticky by a name for the request": (
        http("hash $key consistent;\n" + THREE, server="listen 80;\nset $key $request_id;"),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "sticky behind a split of requests": (
        f"upstream a {{\nip_hash;\n{THREE}}}\n"
        + http("ip_hash;\n" + THREE, target="proxy_pass http://$part;", around="split_clients $request_id $part {\n10% a;\n* web;\n}"),
        PoolNeeds(sticky=True),
        "sticky-unbound",
        "error",
    ),
    "a limit of all below the peak": (
        whole(http(THREE, "limit_req zone=all;", around="limit_req_zone $hostname zone=all:1m rate=3000r/m;")),
        PoolNeeds(peak_requests_per_second=60),
        "rate-limit-below-peak",
        "error",
    ),
    "a limit of what is at work at once": (
        whole(http(THREE, server="listen 80;\nlimit_conn all 20;", around='limit_conn_zone "all" zone=all:1m;')),
        PoolNeeds(peak_requests_per_second=500, service_time_ms=100),
        "rate-limit-below-peak",
        "error",
    ),
    "backups that must carry everything": (
        http(THREE + "server 10.0.1.1:80 backup;\n"),
        PoolNeeds(survive=3, peak_requests_per_second=300, service_time_ms=100, concurrency_per_server=20),
        "backup-capacity",
        "error",
    ),
    "sticky by page": (http("hash $request_uri consistent;\n" + THREE), PoolNeeds(sticky=True), "sticky-unbound", "info"),
    "the pool and not one of its equals": (
        http(THREE),
        PoolNeeds(survive=1, peak_requests_per_second=900, service_time_ms=100, concurrency_per_server=40),
        "loss-overloads",
        "error",
    ),
    "an hour for an application that promises less": (
        http(
            THREE,
            "}\nlocation /hub {\nproxy_pass http://web;",
            server="proxy_read_timeout 1h;\nproxy_set_header Upgrade $http_upgrade;",
        ),
        PoolNeeds(service_time_ms=80),
        "long-read-timeout",
        "warning",
    ),
    "sticky and a hash that reshuffles": (http("hash $cookie_id;\n" + THREE), PoolNeeds(sticky=True), "hash-map-based", "error"),
    "workers too few for the peak": (
        whole(http("zone web 64k;\n" + THREE)),
        PoolNeeds(peak_requests_per_second=10_000, service_time_ms=500, concurrency_per_server=5000),
        "few-worker-connections",
        "warning",
    ),
}


@pytest.mark.parametrize("case", NEEDS)
def test_what_the_needs_turn_into_a_finding(case: str, tmp_path: Path) -> None:
    text, wants, rule, severity = NEEDS[case]
    file = tmp_path / "nginx.conf"
    file.write_text(text)
    topologies, could_not = read("nginx", file)
    assert could_not == ()
    assert [f.severity for f in check(topologies, Needs(pool={"web": wants})) if f.rule == rule] == [severity]
    assert rule not in {f.rule for f in check(topologies, Needs()) if f.severity == severity}
