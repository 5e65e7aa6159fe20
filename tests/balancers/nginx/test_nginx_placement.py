"""Which server nginx's hashes choose, without nginx: what is computed, and what is not. The real program: tests/conformance."""

from collections import Counter

import pytest

from poise.balance.keys_moved import keys_moved
from poise.balancers.nginx.ketama import CIRCLE, _points
from poise.balancers.nginx.placement import hash_decides, parts, placement
from poise.balancers.nginx.split import split
from poise.balancers.nginx.split_clients import murmur, values_of
from poise.model.topology import Pool
from poise.model.variable import Variable
from poise.reading.read_nginx import topologies

KEYS = [f"/key/{number}" for number in range(2000)]


def pool(method: str, *servers: str) -> Pool:
    """The pool of these servers, the method behind them: so nginx takes `backup` too."""
    lines = "".join(f"server {server};\n" for server in servers)
    (topology,) = topologies([("nginx.conf", f"upstream web {{\n{lines}{method}\n}}\n")])
    return topology.pools[0]


def clients(parts_: str) -> Variable:
    text = f"events {{}}\nhttp {{\nsplit_clients $http_x_key $to {{\n{parts_}\n}}\n}}\n"
    (topology,) = topologies([("nginx.conf", text)])
    return topology.variables["to"]


@pytest.mark.parametrize(
    ("method", "servers", "decides"),
    [
        ("hash $uri;", ("a:80", "b:80"), True),
        ("hash $uri consistent;", ("a:80", "b:80"), True),
        ("ip_hash;", ("a:80", "b:80"), True),
        ("", ("a:80", "b:80"), False),
        ("hash constant;", ("a:80", "b:80"), False),
        # How many addresses it has decides how often its weight counts; the ring has it once.
        ("hash $uri;", ("localhost:80", "b:80"), False),
        ("ip_hash;", ("localhost", "b:80"), False),
        ("hash $uri consistent;", ("localhost:80", "b:80"), True),
        ("hash $uri;", ("a:80 resolve", "b:80"), False),
        ("hash $uri consistent;", ("a:80 weight=9999", "b:80 weight=2"), False),
    ],
)
def test_where_a_hash_decides(method: str, servers: tuple[str, ...], decides: bool) -> None:
    read = pool(method, *servers)
    assert hash_decides(read) == decides
    assert (placement(read, KEYS) is not None) == decides


def test_what_is_dealt_in_turn_or_no_address_has_no_place() -> None:
    assert placement(pool("hash $uri;", "a:80", "b:80"), [""]) == {"": None}
    assert placement(pool("hash $uri;", "a:80", "b:80 down"), [""]) == {"": "a:80"}
    assert placement(pool("ip_hash;", "a:80", "b:80"), ["x"]) == {"x": None}
    assert placement(pool("hash $binary_remote_addr;", "a:80", "b:80"), ["x"]) == {"x": None}
    assert placement(pool("hash $uri;", "a:80 down", "b:80 down"), ["x"]) == {"x": None}


def test_backups_take_what_no_primary_can() -> None:
    one = pool("hash $uri consistent;", "a:80 down", "b:80 down", "c:80 backup")
    assert placement(one, ["x"]) == {"x": "c:80"}
    assert placement(pool("ip_hash;", "a:80 down", "b:80 backup", "c:80 backup"), ["10.0.0.1"]) == {"10.0.0.1": None}


def test_clients_of_one_network_have_one_server() -> None:
    read = pool("ip_hash;", *(f"10.0.0.{number}:80" for number in range(1, 8)))
    assert placement(read, ["192.0.2.1"]) == {"192.0.2.1": (placement(read, ["192.0.2.77"]) or {})["192.0.2.77"]}
    v6 = placement(read, [f"2001:db8::{number:x}" for number in range(50)]) or {}
    assert len(set(v6.values())) > 3


@pytest.mark.parametrize("method", ["hash $uri;", "hash $uri consistent;"])
def test_a_server_out_keeps_the_keys_of_the_others(method: str) -> None:
    servers = [f"10.0.0.{number}:80" for number in range(1, 6)]
    before, after = (placement(pool(method, *servers[:-1], last), KEYS) or {} for last in (servers[-1], f"{servers[-1]} down"))
    assert all(after[key] == server for key, server in before.items() if server != servers[-1])
    assert servers[-1] not in after.values()


def test_the_ring_gives_each_server_its_arcs() -> None:
    read = pool("hash $uri consistent;", "10.0.0.1:80 weight=3", "10.0.0.2:80", "10.0.0.3:80")
    keys = [f"/key/{number}" for number in range(20_000)]
    for up in (None, lambda server: server.name != "10.0.0.2:80"):
        counts = Counter((placement(read, keys, up) or {}).values())
        arcs = parts(read, up)
        assert arcs is not None
        assert sum(arcs.values()) == pytest.approx(1)
        assert all(counts[name] / len(keys) == pytest.approx(arc, abs=0.012) for name, arc in arcs.items())
        assert split(read, up).shares == pytest.approx(arcs)
    # What is written twice is one server of the ring, which deals among its lines by weight.
    twice = parts(pool("hash $uri consistent;", "10.0.0.1:80 weight=3", "10.0.0.1:80", "10.0.0.2:80"))
    assert twice is not None
    assert twice["10.0.0.1:80"] == pytest.approx(3 * twice["10.0.0.1:80#2"])


def test_points_in_leaps_are_those_step_by_step() -> None:
    assert _points("10.0.0.1:80", 37).tolist()[:160] == _points("10.0.0.1:80", 1).tolist()
    from binascii import crc32

    points = _points("10.0.0.1:80", 37).tolist()
    assert len(points) == 37 * 160
    assert points[1:] == [crc32(point.to_bytes(4, "little"), crc32(b"10.0.0.1\0" + b"80")) for point in points[:-1]]
    assert 0 <= min(points) <= max(points) < CIRCLE


def test_the_same_key_written_otherwise_is_the_same() -> None:
    servers = ("10.0.0.1:80", "10.0.0.2:80")
    addresses = {server: server for server in servers}

    def moved(before: str, after: str) -> float | None:
        return keys_moved(pool(before, *servers), pool(after, *servers), (addresses, addresses))

    assert moved("hash $uri;", 'hash "${URI}";') == 0.0
    assert moved("hash $uri;", "hash $request_uri;") is None
    assert moved("hash $uri$args;", "hash ${uri}$args;") == 0.0
    assert moved("hash $uri;", "hash $uri consistent;") == pytest.approx(0.5, abs=0.06)
    # Both look at the client's address, in their own way.
    assert moved("ip_hash;", "hash $remote_addr;") == pytest.approx(0.5, abs=0.06)
    assert moved("ip_hash;", "hash $uri;") is None


def test_split_clients_by_hand() -> None:
    """MurmurHash2 of nothing with seed 0 is 0, so the empty key has the first part."""
    assert murmur(b"") == 0
    halves = clients("50% a;\n50% b;")
    assert values_of(halves, [""]) == {"": "a"}
    counts = Counter((values_of(clients("0.5% a;\n10% a;\n0.5% b;\n* c;"), KEYS) or {}).values())
    assert [counts[name] / len(KEYS) for name in "abc"] == pytest.approx([0.105, 0.005, 0.89], abs=0.02)
    # Parts that are alike have each its own range.
    alike = Counter((values_of(clients("30% a;\n30% b;\n30% a;"), KEYS) or {}).values())
    assert [alike[name] / len(KEYS) for name in ("a", "b", None)] == pytest.approx([0.6, 0.3, 0.1], abs=0.04)


def test_keys_of_one_length_all_go_to_one_other_server_where_the_weights_are_a_power_of_two() -> None:
    """And the forecast without keys says so: of four without one, 25, 25 and 50 % as well as a third each."""
    four = pool("hash $request_uri;", "a:80", "b:80", "c:80", "d:80")
    gone = four.servers[1].name
    keys = [f"/{n:07x}" for n in range(0, 1 << 28, 99991)]
    lost = split(four, up=lambda server: server.name != gone)
    counts = Counter((placement(four, keys, up=lambda server: server.name != gone) or {}).values())
    assert sorted(round(count / len(keys), 1) for count in counts.values()) in ([0.2, 0.2, 0.5], [0.2, 0.3, 0.5], [0.3, 0.3, 0.5])
    assert "may all go to one other" in lost.explanation
    five = split(pool("hash $request_uri;", "a:80", "b:80", "c:80", "d:80", "e:80"), up=lambda server: server.name != gone)
    assert max(lost.uncertainty.values()) > 0.1 > max(five.uncertainty.values())
