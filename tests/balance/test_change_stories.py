"""What a story never gets wrong, over changes drawn by seed."""

import random
import re
from collections.abc import Callable, Sequence

import pytest
from balance_pools import topology

from poise.balance.diff import diff
from poise.model.forecast import PoolDiff
from poise.model.needs import Needs, PoolNeeds
from poise.model.topology import Topology
from poise.reading.read_nginx import topologies

DRAWN, DRAWN_LOADED, MANY_LOADED = 150, 12, 40
LOADED = Needs({"web": PoolNeeds(peak_requests_per_second=500, service_time_ms=40)})


def haproxy(draw: random.Random) -> Topology:
    balance = draw.choice(["roundrobin", "leastconn", "random", "source", "uri", "hdr(X-User)", "first"])
    lines = [f"balance {balance}", *draw.choice([[], ["hash-type consistent"], ["hash-type map-based djb2"], ["option allbackups"]])]
    lines += draw.choice([[], [], ["cookie SRV insert"], ["option redispatch"]])
    for number in sorted(draw.sample(range(1, 6), draw.randint(1, 5))):
        extra = draw.choice(["", "", "backup", "disabled", f"maxconn {draw.choice([5, 100])}"])
        check = draw.choice(["", "check"])
        name = draw.choice(["app", "web"])
        lines.append(f"server {name}{number} 10.0.0.{number}:80 weight {draw.choice([0, 1, 1, 1, 2, 100])} {extra} {check}")
    return topology("web\n" + "\n".join(lines))


def nginx(draw: random.Random) -> Topology:
    lines = [
        draw.choice(["", "zone web 64k;"]),
        draw.choice(["", "least_conn;", "ip_hash;", "hash $uri;", "hash $uri consistent;", "random;"]),
    ]
    hashed = "hash" in lines[1] or "random" in lines[1]
    for number in sorted(draw.sample(range(1, 6), draw.randint(1, 5))):
        extra = draw.choice(["", "down", "max_fails=0", "max_conns=5"] + ([] if hashed else ["backup"]))
        lines.append(f"server 10.0.0.{number}:80 weight={draw.choice([1, 1, 2, 100])} {extra};")
    body = "\n".join(lines)
    text = f"upstream web {{\n{body}\n}}\nserver {{ listen 80; location / {{ proxy_pass http://web; }} }}\n"
    return topologies([("nginx.conf", text)])[0]


def checked(old: Topology, new: Topology, found: PoolDiff) -> None:
    was, now = {s.address: s for s in found.before}, {s.address: s for s in found.after}
    story = found.story
    assert "\n" not in story
    for name in re.findall(r"([^\s(;]+) (?:is|are) removed", story.replace("others are", "")):
        assert name in {s.server for at, s in was.items() if at not in now}, story
    for name in re.findall(r"([^\s(;`]+) is added", story):
        assert name in {s.server for at, s in now.items() if at not in was}, story
    for name, a, b in re.findall(r"weight of (\S+) (\d+) → (\d+)", story):
        (address,) = [at for at, s in now.items() if s.server == name]
        assert (was[address].weight, now[address].weight) == (int(a), int(b)), story
    part = re.search(r"([\d.]+) % of web's traffic moves", story)
    if part and "less than" not in story:
        assert abs(float(part[1]) / 100 - found.share_moved) < 0.0006, story
        assert found.causes, story
    if "none of web's traffic moves" in story:
        assert found.share_moved < 0.0005
    shown = re.search(r"moves: (\S+) ([\d.]+) % → ([\d.]+) %", story)
    if shown:
        # A renamed server is told by its new name.
        address = next(at for at, s in {**was, **now}.items() if s.server == shown[1])
        for side, number in ((was, shown[2]), (now, shown[3])):
            assert abs((side[address].share if address in side else 0.0) - float(number) / 100) < 0.0006, story
    if old.pools[0].servers and "loses all its traffic" in story:
        assert not any(s.share for s in found.after)


def told_rightly(made: Callable[[random.Random], Topology], needs: Needs, changes: int) -> None:
    draw = random.Random(7)
    for _ in range(changes):
        old, new = made(draw), made(draw)
        for found in diff([old], [new], needs):
            checked(old, new, found)
        (same,) = diff([old], [old], needs)
        assert same.story == "none of web's traffic moves" or not any(s.share for s in same.before)
        assert (same.share_moved, same.causes, same.costs) == (0.0, (), ())


@pytest.mark.parametrize("made", [haproxy, nginx])
@pytest.mark.parametrize("needs", [Needs(), LOADED])
def test_stories_of_changes_drawn_by_seed(made: Callable[[random.Random], Topology], needs: Needs) -> None:
    told_rightly(made, needs, DRAWN_LOADED if needs.pool else DRAWN)


@pytest.mark.long
@pytest.mark.parametrize("made", [haproxy, nginx])
def test_stories_of_many_changes_under_load(made: Callable[[random.Random], Topology]) -> None:
    told_rightly(made, LOADED, MANY_LOADED)


def changed_once(lines: Sequence[str], at: int, line: str) -> PoolDiff:
    text = list(lines)
    text[at] = line
    (found,) = diff([topology("web\n" + "\n".join(lines))], [topology("web\n" + "\n".join(text))], Needs())
    return found


def test_a_change_that_moves_nothing_is_never_the_cause() -> None:
    lines = ["balance roundrobin", *(f"server a{n} 10.0.0.{n}:80 check" for n in range(1, 5))]
    found = changed_once(lines, 1, "server a1 10.0.0.1:80 check weight 9 inter 9s maxconn 7")
    assert found.causes == ("weight of a1 1 → 9",)
    both = diff(
        [topology("web\n" + "\n".join(lines))],
        [topology("web\nbalance static-rr\n" + "\n".join(lines[2:]) + "\nserver a9 10.0.0.9:80 backup")],
        Needs(),
    )[0]
    assert both.causes == ("a1 is removed", "a9 is added as a backup")
