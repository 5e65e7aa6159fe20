"""The poise.toml that is written can be read: as it is, and with every line of it uncommented, whatever the names are."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from poise.app.needs import parse_needs
from poise.model.location import Location
from poise.model.needs import Needs, PoolNeeds
from poise.model.seen import Seen
from poise.model.topology import Algorithm, Pool, Server, Topology
from poise.reading.read import read_configuration
from poise.report.needs_toml import toml
from poise.report.printable import printable

HERE = Location("a.cfg", 1, 1)
NAMES = [
    "web",
    "a.b",
    "a b",
    'q"uo\\te',
    "tab\tnew\nline",
    "\x00\x1b[2J\x7f\x9b",
    "\u202eevil",
    "€😀",
    "bad\udce9byte",
    "",
    "#x",
    "[pool.x]",
    "'",
]


def topology(*pools: Pool) -> Topology:
    return Topology("haproxy", "a.cfg", pools=pools)


def pool(name: str, *servers: tuple[str, int]) -> Pool:
    made = tuple(Server(server, "10.0.0.1:80", "active", weight, HERE) for server, weight in servers)
    return Pool(name, "haproxy", "http", Algorithm("roundrobin"), made, HERE, discovered=True)


def uncommented(text: str) -> str:
    return re.sub(r"^# (?=[a-z_0-9]+ = |\[)", "", text, flags=re.MULTILINE)


def read(text: str) -> Needs:
    # Printed as the command prints it: nothing in it may still want escaping.
    assert printable(text) == text
    needs, mistakes = parse_needs(text, "poise.toml")
    assert mistakes == ()
    return needs


def present(text: str) -> object:
    """The weights that the comment of a split tells, which are the file's own."""
    (ratios,) = re.findall(r"; the configuration has (\{.*\})$", text, re.MULTILINE)
    return read(f"[pool.x]\nsplit = {ratios}\n").of("x").split


def known_by(name: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("server", NAMES)
def test_any_name_is_written_so_that_it_is_read(name: str, server: str) -> None:
    text = toml([topology(pool(name, (server, 3), ("other", 1)))])
    assert set(read(text).pool) == {known_by(name)}
    assert read(uncommented(text)).of(known_by(name)).split == "even"
    assert present(text) == {known_by(server): 3, "other": 1}


def test_every_need_has_its_line() -> None:
    text = uncommented(toml([topology(pool("web", ("a", 1), ("b", 1)))]))
    declared = read(text).of("web")
    undeclared = [field.name for field in fields(PoolNeeds) if getattr(declared, field.name) is None]
    assert undeclared == []
    assert declared.split == "even"
    assert read(text).accept[0].rule == "uneven-weights"


@pytest.mark.parametrize("weights", [[], [1], [0, 0], [1] * 1000, [256, 1, 1]])
def test_any_number_of_servers_gives_values_in_range(weights: list[int]) -> None:
    servers = [(f"s{i}", weight) for i, weight in enumerate(weights)]
    needs = read(uncommented(toml([topology(pool("web", *servers))])))
    assert set(needs.pool) == ({"web"} if servers else set())
    assert (needs.of("web").survive or 0) < max(len(servers), 1)


def test_one_name_in_two_configurations_is_one_table() -> None:
    text = toml([topology(pool("web", ("a", 1))), topology(pool("web", ("b", 1)), pool("api", ("a", 1)))])
    assert set(read(text).pool) == {"web", "api"}
    assert "[pool.web] above holds for this one too" in text


def test_what_was_seen_is_filled_in_with_its_source() -> None:
    web = topology(pool("web", ("a", 1)))
    text = toml([web], {"web": Seen("HAProxy's\x1b show stat", 812.4, True, 31, 39.96)})
    needs = read(text).of("web")
    assert (needs.peak_requests_per_second, needs.service_time_ms, needs.concurrency_per_server) == (812, 40, None)
    assert read(uncommented(text)).of("web").concurrency_per_server == 31
    assert text.count("HAProxy's\\x1b show stat") == 3
    now = toml([web], {"web": Seen("nginx", 12.3)})
    assert read(now).of("web").peak_requests_per_second is None
    assert "just now it was 12.3: nginx" in now


def test_three_products_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "h.cfg").write_text("backend h\n    balance source\n    server a 10.0.0.1:80 maxconn 7\n    server b 10.0.0.2:80\n")
    (tmp_path / "n.conf").write_text(
        "upstream n { server 10.0.0.1:80 weight=3; server 10.0.0.1:80; }\nserver { location / { proxy_pass http://n; } }\n"
    )
    (tmp_path / "e.yaml").write_text(
        "static_resources:\n  clusters:\n    - name: e\n      lb_policy: MAGLEV\n      load_assignment:\n        cluster_name: e\n"
        "        endpoints:\n          - lb_endpoints:\n"
        "              - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}\n"
    )
    topologies, could_not = read_configuration([tmp_path])
    assert could_not == ()
    needs = read(uncommented(toml(topologies)))
    assert set(needs.pool) == {"h", "n", "e"}
    assert (needs.of("h").concurrency_per_server, needs.of("h").sticky, needs.of("e").sticky, needs.of("n").sticky) == (
        7,
        True,
        True,
        False,
    )
    assert needs.of("n").split == "even"
    assert present(toml(topologies)) == {"10.0.0.1:80": 3, "10.0.0.1:80#2": 1}
