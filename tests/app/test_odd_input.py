"""Input that is odd in a way nobody sees: a byte order mark, standard input named twice, passwords where directives should be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from poise.reading.read import Sources, read

HAPROXY = "defaults\n    mode http\nlisten web\n    bind :8080\n    server a 10.0.0.1:80\n"
NGINX = "events {}\nhttp { upstream web { server 10.0.0.1:80; } }\n"
ENDPOINT = {"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}}
CLUSTER = {"name": "web", "type": "STATIC", "load_assignment": {"cluster_name": "web", "endpoints": [{"lb_endpoints": [ENDPOINT]}]}}
ENVOY = json.dumps({"static_resources": {"clusters": [CLUSTER]}})


@pytest.mark.parametrize(("name", "text", "pools"), [("h.cfg", HAPROXY, 1), ("nginx.conf", NGINX, 1), ("e.json", ENVOY, 0)])
def test_a_byte_order_mark_is_told_in_words_and_the_rest_is_read(tmp_path: Path, name: str, text: str, pools: int) -> None:
    (tmp_path / name).write_text("\ufeff" + text)
    made = read(Sources((str(tmp_path / name),)))
    assert [(c.line, c.reason[:44]) for c in made.could_not] == [(1, "a byte order mark stands at the head of the ")]
    assert sum(len(topology.pools) for topology in made.topologies) == pools


def test_places_behind_a_byte_order_mark_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "h.cfg").write_bytes(b"\xef\xbb\xbf" + HAPROXY.encode())
    (topology,) = read(Sources((str(tmp_path / "h.cfg"),))).topologies
    place = topology.pools[0].servers[0].location
    whole = (tmp_path / "h.cfg").read_bytes()
    assert whole[place.start : place.end].split() == [b"server", b"a", b"10.0.0.1:80"]


def test_envoy_takes_a_byte_order_mark_in_yaml(tmp_path: Path) -> None:
    # Seen in 1.40: `envoy --mode validate` says OK.
    yaml = "\ufeffstatic_resources:\n  clusters:\n  - name: web\n    type: EDS\n"
    (tmp_path / "e.yaml").write_text(yaml)
    made = read(Sources((str(tmp_path / "e.yaml"),)))
    assert [topology.product for topology in made.topologies] == ["envoy"]


def test_standard_input_is_read_once_however_often_it_is_named() -> None:
    command = [sys.executable, "-m", "poise.cli", "audit", "--format", "json", "-", "-"]
    said = subprocess.run(command, input=HAPROXY, capture_output=True, text=True, timeout=60, check=False)
    assert [each["file"] for each in json.loads(said.stdout)["read"]] == ["<stdin>"]


def test_words_of_an_included_file_of_passwords_are_not_repeated(tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp { include users; }\n")
    (tmp_path / "users").write_text('root:$apr1$s3cret;\nproxy_set_header Authorization "Basic s3cret"\nproxy_pass http://a;\n')
    reasons = " ".join(c.reason for c in read(Sources((str(main),))).could_not)
    assert "the first word of this line is no directive" in reasons
    assert "missing behind a word" in reasons
    assert "s3cret" not in reasons
