"""`poise predict --keys`: shares over the keys, or a word of why they are not."""

from pathlib import Path

import pytest

from poise.app.predict import keys_in, predict
from poise.model.could_not import CouldNot
from poise.model.forecast import Forecast
from poise.reading.read import Sources
from poise.report import forecast_text

SERVERS = "    server a 10.0.0.1:80\n    server b 10.0.0.2:80\n"


def over(folder: Path, keys: str, *algorithms: str) -> Forecast:
    text = "".join(
        f"listen {name}\n    mode http\n    bind :{80 + at}\n    balance {name}\n{SERVERS}" for at, name in enumerate(algorithms)
    )
    (folder / "lb.cfg").write_text(text)
    (folder / "keys").write_text(keys)
    return predict(Sources((str(folder / "lb.cfg"),)), keys=keys_in(str(folder / "keys")), keys_file="keys")


def test_no_key_that_is_an_address_could_not_be_answered(tmp_path: Path) -> None:
    made = over(tmp_path, "a\nb\n", "source")
    said = "no key in it is an address, which is what `balance source` hashes, so the shares of source are not over these keys"
    assert made.could_not == (CouldNot("keys", said),)


def test_keys_for_another_pool_are_a_remark(tmp_path: Path) -> None:
    made = over(tmp_path, "/a\n/b\n", "source", "uri")
    assert made.could_not == ()
    assert [r.text.partition(":")[0] for r in made.remarks] == ["2 of its 2 keys are no addresses, which is what `balance source` hashes"]


def test_some_keys_without_a_place_are_a_remark(tmp_path: Path) -> None:
    made = over(tmp_path, "10.0.0.1\nb\n", "source")
    assert made.could_not == ()
    assert "1 of its 2 keys" in made.remarks[0].text


def test_keys_where_no_pool_hashes_are_a_remark(tmp_path: Path) -> None:
    made = over(tmp_path, "a\n", "roundrobin")
    assert made.could_not == ()
    assert "these keys decide nothing" in made.remarks[0].text
    assert over(tmp_path, "/a\n", "uri", "roundrobin").remarks == ()


@pytest.mark.parametrize(("keys", "says"), [("", "there is none"), ("\n\r\n", "there is none"), ("\x7fELF\0\0\n", "NUL bytes")])
def test_a_file_without_keys_is_told(keys: str, says: str, tmp_path: Path) -> None:
    made = over(tmp_path, keys, "uri")
    assert [says in c.reason for c in made.could_not] == [True]


def test_many_keys_are_counted_not_printed(tmp_path: Path) -> None:
    made = over(tmp_path, "".join(f"/{number}\n" for number in range(200)), "uri")
    said = forecast_text.text(made)
    assert said.count(" → ") == 20
    assert "and 180 more (all of them with --format json)" in said
    assert made.pools[0].placement is not None
    assert len(made.pools[0].placement) == 200


def over_nginx(folder: Path, keys: str, method: str, *servers: str) -> Forecast:
    lines = "".join(f"server {server};\n" for server in servers)
    (folder / "nginx.conf").write_text(
        f"events {{}}\nhttp {{\nupstream web {{\n{method}\n{lines}}}\nserver {{\nlocation / {{\nproxy_pass http://web;\n}}\n}}\n}}\n"
    )
    (folder / "keys").write_text(keys)
    return predict(Sources((str(folder / "nginx.conf"),)), keys=keys_in(str(folder / "keys")), keys_file="keys")


def test_keys_of_nginx_have_their_servers(tmp_path: Path) -> None:
    made = over_nginx(tmp_path, "192.0.2.1\n192.0.2.9\n10.1.0.1\n", "ip_hash;", "10.0.0.1", "10.0.0.2", "unix:/run/a.sock")
    (pool,) = made.pools
    assert (made.could_not, made.remarks) == ((), ())
    assert pool.placement is not None
    placed = dict(pool.placement)
    assert placed["192.0.2.1"] == placed["192.0.2.9"] != placed["10.1.0.1"]
    assert pool.shares()[placed["192.0.2.1"]] == pytest.approx(2 / 3)
    (unread,) = over_nginx(tmp_path, "x\n", "ip_hash;", "10.0.0.1", "10.0.0.2").could_not
    assert "no key in it is an address, which is what `ip_hash` hashes" in unread.reason


def test_names_that_may_have_several_addresses_are_a_remark(tmp_path: Path) -> None:
    (remark,) = over_nginx(tmp_path, "/a\n", "hash $uri;", "app1:80", "10.0.0.2:80", "[::1]:80", "10.0.0.4").remarks
    assert "as if each name in it had one address (app1:80)" in remark.text
    assert over_nginx(tmp_path, "/a\n", "hash $uri consistent;", "app1:80", "app2:80").remarks == ()


def test_the_mark_at_the_head_of_the_file_is_not_of_the_first_key(tmp_path: Path) -> None:
    made = over(tmp_path, "\ufeff10.0.0.1\r\n10.0.0.2\r\n", "source")
    assert made.remarks == made.could_not == ()
    assert made.pools[0].placement == over(tmp_path, "10.0.0.1\n10.0.0.2\n", "source").pools[0].placement


def test_a_device_is_no_file_of_keys() -> None:
    made = keys_in("/dev/null")
    assert isinstance(made, CouldNot)
    assert made.reason == "the keys: it is a device or a socket, not a file. Give poise the file of keys itself, or `-` for standard input"


def test_what_is_true_of_many_pools_is_said_once(tmp_path: Path) -> None:
    pools = "".join(f"listen p{at}\n    mode http\n    bind :{80 + at}\n    balance source\n{SERVERS}" for at in range(9))
    (tmp_path / "lb.cfg").write_text(pools)
    made = predict(Sources((str(tmp_path / "lb.cfg"),)), keys=("a",), keys_file="keys")
    said = "so the shares of p0, p1, p2, p3, p4, p5 and 3 more pools are not over these keys"
    assert [said in each.reason for each in made.could_not] == [True]
