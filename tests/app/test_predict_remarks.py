"""What `poise predict` says of requests that do not follow the shares it shows."""

import json
from pathlib import Path

import pytest
from tests.conformance.envoy_pools import endpoint

from poise.app.predict import predict
from poise.reading.read import Sources

TWO = " server a 10.0.0.1:80\n server b 10.0.0.2:80\n"


def remarks(file: Path, text: str) -> list[str]:
    file.write_text(text)
    return [remark.text for remark in predict(Sources((str(file),))).remarks]


@pytest.mark.parametrize("line", ["stick on src", "cookie SRV insert"])
def test_clients_that_are_bound_are_told(line: str, tmp_path: Path) -> None:
    # One client of `stick on src` got all of its 400 answers of one server of two (HAProxy 2.6.12).
    table = " stick-table type ip size 1k\n" if "stick" in line else ""
    said = remarks(tmp_path / "lb.cfg", f"listen web\n mode http\n bind :80\n{table} {line}\n{TWO}")
    assert f"web: `{line}` keeps clients that come back at their server: the shares are those of new ones" in said
    assert not remarks(tmp_path / "lb.cfg", f"listen web\n mode http\n bind :80\n{TWO}")


@pytest.mark.parametrize(("server", "told"), [("app.example.org:80", True), ("localhost:80", True), ("10.0.0.9:80", False)])
def test_a_name_of_nginx_may_be_several_servers(server: str, told: bool, tmp_path: Path) -> None:
    text = (
        f"events {{}} http {{ upstream web {{ server {server}; server 10.0.0.2; }} server {{ location / {{ proxy_pass http://web; }} }} }}"
    )
    said = f"web is forecast as if each name in it had one address ({server}): one with two is two servers, each of its weight"
    assert (said in remarks(tmp_path / "nginx.conf", text)) is told


def test_subsets_of_envoy_are_told(tmp_path: Path) -> None:
    # A route with `metadata_match` of one host's subset got all of its 400 answers from it (Envoy 1.40).
    hosts = [{**endpoint(f"10.0.0.{n}:80"), "metadata": {"filter_metadata": {"envoy.lb": {"v": str(n)}}}} for n in (1, 2)]
    made = {"name": "web", "load_assignment": {"cluster_name": "web", "endpoints": [{"lb_endpoints": hosts}]}}
    subsets = {"lb_subset_config": {"fallback_policy": "ANY_ENDPOINT", "subset_selectors": [{"keys": ["v"]}]}}
    said = [remarks(tmp_path / "envoy.json", json.dumps({"static_resources": {"clusters": [made | more]}})) for more in (subsets, {})]
    assert ["divided into subsets" in "".join(each) for each in said] == [True, False]


@pytest.mark.parametrize(
    ("algorithm", "weight", "declared", "told"),
    [("leastconn", 9, "", True), ("leastconn", 1, "", False), ("roundrobin", 9, "", False), ("leastconn", 9, "loaded", False)],
)
def test_leastconn_without_a_load_tells_what_the_weights_do(algorithm: str, weight: int, declared: str, told: bool, tmp_path: Path) -> None:
    # One after the other, 300 requests at weights 10/20/30/40 were 75 for each server (HAProxy 2.6.12).
    if declared:
        load = "peak_requests_per_second = 100\nconcurrency_per_server = 8\nservice_time_ms = 40\n"
        (tmp_path / "poise.toml").write_text(f"[pool.web]\n{load}")
    text = f"listen web\n mode http\n bind :80\n balance {algorithm}\n server a 10.0.0.1:80 weight {weight}\n server b 10.0.0.2:80\n"
    assert any("evenly where few are" in said for said in remarks(tmp_path / "lb.cfg", text)) is told
