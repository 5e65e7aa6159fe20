"""A forecast says where DNS decides how many servers there are."""

from pathlib import Path

from poise.app.predict import predict
from poise.reading.read import Sources

CONFIG = """resolvers dns
    nameserver one 127.0.0.1:53
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:8080
    balance roundrobin
    server-template app 4 app.example:80 check resolvers dns init-addr none
"""


def test_slots_that_dns_fills_are_a_remark_and_written_servers_are_none(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(CONFIG)
    (remark,) = predict(Sources((str(file),))).remarks
    assert (remark.what, remark.line) == (str(file), 11)
    assert "all 4 slots" in remark.text
    file.write_text(
        CONFIG.replace("server-template app 4 app.example:80 check resolvers dns init-addr none", "server a 127.0.0.1:81 check")
    )
    assert predict(Sources((str(file),))).remarks == ()


def test_clusters_whose_hosts_come_later_are_a_remark(tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text("static_resources:\n  clusters:\n  - {name: a, type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}\n")
    made = predict(Sources((str(file),)))
    assert made.pools == ()
    (remark,) = made.remarks
    assert (remark.what, remark.line) == (str(file), 3)
    assert remark.text == "a: the servers are found at run time and not in the file, so no share is forecast"
