"""Changes and layers that look like a defect and are none, and the arithmetic of what moves."""

from pathlib import Path

import pytest
from rule_examples import FILES, read

from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.needs import Needs, PoolNeeds
from poise.rules import RULES
from poise.rules.changes.hashing import Slots, rescaled, reshuffled
from poise.rules.engine import judge

HEAD = "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\nlisten web\n    bind :8080\n"


def listen(*lines: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in lines)


def servers(count: int, words: str = "check") -> list[str]:
    return [f"server app{i} 10.0.0.{i}:8080 {words}" for i in range(1, count + 1)]


QUIET: dict[str, tuple[str, str, str]] = {
    "hash-changed: the words are the same, the spaces are not": (
        "haproxy",
        listen("balance  uri", "hash-type consistent", *servers(2)),
        listen("balance uri", "hash-type   consistent", *servers(2)),
    ),
    "hash-changed: nothing was bound before": (
        "haproxy",
        listen("balance roundrobin", *servers(3)),
        listen("balance uri", "hash-type consistent", *servers(3)),
    ),
    "hash-changed: one server gets every key before and after": (
        "nginx",
        "upstream web { hash $uri; server 10.0.0.1:80; }",
        "upstream web { hash $request_uri; server 10.0.0.1:80; }",
    ),
    "hash-reshuffled: all weights times ten": (
        "haproxy",
        listen("balance source", *servers(3, "check weight 1")),
        listen("balance source", *servers(3, "check weight 10")),
    ),
    "hash-reshuffled: a server is taken out by `down`": (
        "nginx",
        "upstream web { hash $uri; server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; server 10.0.0.4:80; }",
        "upstream web { hash $uri; server 10.0.0.1:80; server 10.0.0.2:80 down; server 10.0.0.3:80; server 10.0.0.4:80; }",
    ),
    "ring-ids-shifted: a server at the end": (
        "haproxy",
        listen("balance uri", "hash-type consistent", *servers(3)),
        listen("balance uri", "hash-type consistent", *servers(4)),
    ),
    "ring-ids-shifted: the ring grows": (
        "nginx",
        "upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; }",
        "upstream web { hash $uri consistent; server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; server 10.0.0.4:80; }",
    ),
    "cookie-changed: only a flag": (
        "haproxy",
        listen("cookie SRV insert indirect nocache", *servers(2, "check cookie a")[:1], "server app2 10.0.0.2:8080 check cookie b"),
        listen("cookie SRV insert indirect nocache secure", *servers(2, "check cookie a")[:1], "server app2 10.0.0.2:8080 check cookie b"),
    ),
    "cookie-changed: the cookie lives longer": (
        "nginx",
        "# for nginx 1.31\nupstream web { zone web 64k; sticky cookie srv expires=1h; server 10.0.0.1:80; server 10.0.0.2:80; }",
        "# for nginx 1.31\nupstream web { zone web 64k; sticky cookie srv expires=2h; server 10.0.0.1:80; server 10.0.0.2:80; }",
    ),
    "share-grows: one of four is taken out": ("haproxy", listen(*servers(4)), listen(*servers(3))),
    "share-grows: one of four is disabled": (
        "haproxy",
        listen(*servers(4)),
        listen(*servers(3), "server app4 10.0.0.4:8080 check disabled"),
    ),
    "share-grows: one of three is taken out": ("haproxy", listen(*servers(3)), listen(*servers(2))),
    "share-grows: half of the machines are new": (
        "haproxy",
        listen(*servers(4)),
        listen(*servers(2), "server app5 10.0.1.5:8080 check", "server app6 10.0.1.6:8080 check"),
    ),
    "share-grows: two small ones of six": (
        "haproxy",
        listen(*servers(4, "check weight 10"), "server s1 10.0.1.5:8080 check weight 2", "server s2 10.0.1.6:8080 check weight 2"),
        listen(*servers(4, "check weight 10")),
    ),
    "share-grows: all machines are new": (
        "haproxy",
        listen(*servers(3)),
        listen(*(s.replace("10.0.0", "10.0.9") for s in servers(3))),
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_a_harmless_change_is_silent(name: str, tmp_path: Path) -> None:
    product, before, after = QUIET[name]
    assert loud(product, before, after, Needs(), tmp_path) == []


def loud(product: str, before: str, after: str, needs: Needs, folder: Path) -> list[tuple[str, str]]:
    sides = []
    for name, text in (("old", before), ("new", after)):
        file = folder / f"{name}-{FILES[product]}"
        file.write_text(text)
        topologies, could_not = read(product, file)
        assert not could_not
        sides.append(topologies)
    rules = [rule for rule in RULES if rule.subject is Change]
    return [(f.rule, f.severity) for f in judge(sides[1], needs, rules, before=sides[0]).findings]


@pytest.mark.parametrize(("sticky", "expected"), [(None, "warning"), (True, "error"), (False, None)])
def test_what_the_application_needs_decides_how_bad_a_reshuffle_is(sticky: bool | None, expected: str | None, tmp_path: Path) -> None:
    needs = Needs(pool={"web": PoolNeeds(sticky=sticky)})
    found = loud("haproxy", listen("balance source", *servers(3)), listen("balance source", *servers(5)), needs, tmp_path)
    assert found == ([("hash-reshuffled", expected)] if expected else [])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # Half of the pool: each of the others must carry twice as much.
        (servers(6), servers(3), [("share-grows", "error")]),
        # 1/3 instead of 1/5.
        (servers(5), servers(3), [("share-grows", "warning")]),
        # One comes, two go: 33 instead of 25 %.
        (servers(4), [*servers(2), "server app9 10.0.0.9:8080 check"], [("share-grows", "warning")]),
    ],
)
def test_what_leaves_a_pool_at_once(before: list[str], after: list[str], expected: list[tuple[str, str]], tmp_path: Path) -> None:
    assert loud("haproxy", listen(*before), listen(*after), Needs(), tmp_path) == expected


def _map(*addresses: str) -> Slots:
    return Slots((address, 1) for address in addresses)


def test_the_part_that_moves_is_arithmetic() -> None:
    # key % 4 and key % 3 name the same server for 3 of the 12 residues, of 9 whose server stays: 6 of 9 move.
    assert reshuffled(_map("a", "b", "c", "d"), _map("a", "b", "c")) == pytest.approx(6 / 9)
    assert reshuffled(_map("a", "b"), _map("a", "b")) == 0
    assert reshuffled(_map("a", "b"), _map("b", "a")) == 1
    assert reshuffled(_map(), _map("a")) == 0


def test_long_maps_are_sampled_over_all_of_their_length() -> None:
    # nginx takes such weights. The first server keeps its 300,000 places, the other two exchange theirs: half of the keys move.
    before = Slots([("a", 300_000), ("b", 150_000), ("c", 150_000)])
    after = Slots([("a", 300_000), ("c", 150_000), ("b", 150_000)])
    assert reshuffled(before, after) == pytest.approx(0.5, abs=0.01)
    # A place of 400,000,001 goes over to the heavy server: of the places of a, which is 1 of 2 before, nearly all move.
    assert reshuffled(_map("a", "b"), Slots([("a", 1), ("b", 400_000_001)])) == pytest.approx(0.5, abs=0.01)


CHAINS: dict[str, tuple[str, str]] = {
    "the front is of another machine": (
        "haproxy",
        "listen edge\n    bind :80\n    server far 192.0.2.7:8080 check\nlisten web2\n    bind :8080\n    balance source\n"
        "    hash-type consistent\n    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n",
    ),
    "the back has one server": (
        "nginx",
        "upstream web { ip_hash; server 10.0.0.1:80; }\nserver { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }\n"
        "server { listen 127.0.0.1:8080; location / { proxy_pass http://web; } }\n",
    ),
    "the back hashes what the request says": (
        "nginx",
        "upstream web { hash $cookie_user consistent; server 10.0.0.1:80; server 10.0.0.2:80; }\n"
        "server { listen 80; location / { proxy_pass http://127.0.0.1:8080; } }\n"
        "server { listen 127.0.0.1:8080; location / { proxy_pass http://web; } }\n",
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_layers_that_know_their_clients_are_silent(name: str, tmp_path: Path) -> None:
    product, text = CHAINS[name]
    file = tmp_path / FILES[product]
    file.write_text((HEAD.partition("listen")[0] if product == "haproxy" else "") + text)
    topologies, could_not = read(product, file)
    assert not could_not
    assert judge(topologies, Needs(), [rule for rule in RULES if rule.subject is Chain]).findings == ()


def test_what_a_rescaled_ring_moves_is_arithmetic() -> None:
    # A ring of 1024: four hosts with 256 places each; without one of them three with 342 (86 more), and the lost one's are gone.
    four, three = dict.fromkeys("abcd", 256.0), dict.fromkeys("abc", 342.0)
    assert rescaled(four, three) == pytest.approx(2 * 86 / (1024 + 3 * 86))
    # Back again: a quarter of the places of each is gone, and half of the next ones are another old host's.
    assert rescaled(three, four) == pytest.approx(86 / 342 * 2 * 256 / 1024)
    assert rescaled(four, four) == rescaled(four, {}) == rescaled({}, four) == rescaled(four, {"z": 1.0}) == 0
