"""How bad HAProxy's findings are by their arithmetic, just below and just above each limit, and what the file itself tells."""

import pytest
from haproxy_twins import CHECKED, DEFAULTS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.finding import Finding
from poise.model.needs import Needs, PoolNeeds
from poise.rules.engine import check

FRONT = "frontend http\n    bind :80\n    default_backend web\n"


def pool(*lines: str, name: str = "web", servers: int = 3, words: str = "check") -> str:
    body = [CHECKED, *lines, *(f"server {name}{i} 10.0.0.{i}:80 {words}" for i in range(1, servers + 1))]
    return f"backend {name}\n" + "".join(f"    {line}\n" for line in body)


def found(rule: str, text: str, needs: PoolNeeds | None = None, target: str | None = None) -> list[Finding]:
    topology = lower([parse(text, "haproxy.cfg")], target)
    assert topology.could_not == ()
    return [f for f in check([topology], Needs(pool={"web": needs} if needs else {})) if f.rule == rule]


# A hung server was measured with 2.6 and 2.8: `inter` until the next check, then `fall` checks of `inter` each with `inter` between them.
@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("inter 5s fall 3", None),  # 30 s
        ("inter 10s fall 2", "info"),  # 40 s
        ("inter 10s fastinter 1s fall 3", "info"),  # 42 s
        ("inter 10s fall 3", "warning"),  # 60 s
        ("inter 20s fall 2", "info"),  # 80 s, of which slow-check tells
    ],
)
def test_without_a_timeout_a_check_waits_as_long_as_inter(words: str, severity: str | None) -> None:
    text = DEFAULTS + FRONT + pool(f"default-server {words}")
    assert [f.severity for f in found("check-timeout-long", text)] == ([severity] if severity else [])
    assert found("check-timeout-long", text.replace("    mode http\n", "    mode http\n    timeout check 2s\n", 1)) == []


@pytest.mark.parametrize(
    ("admits", "waits", "severity"),
    [
        (20000, "10s", "warning"),
        (20000, "9s", None),
        (5900, "10s", "info"),
        (5900, "61s", "warning"),
        (290, "61s", None),
    ],
)
def test_a_queue_is_too_long_by_its_length_and_its_patience(admits: int, waits: str, severity: str | None) -> None:
    head = DEFAULTS.replace("    mode http\n", f"    mode http\n    timeout queue {waits}\n")
    text = head + FRONT.replace("    default", f"    maxconn {admits}\n    default") + pool(words="check maxconn 10")
    assert [f.severity for f in found("queue-far-above-servers", text)] == ([severity] if severity else [])


def peers(*hosts: str) -> str:
    return "peers mesh\n" + "".join(f"    peer lb{i} {host}:1024\n" for i, host in enumerate(hosts))


SIX = tuple(f"10.0.200.{i}" for i in range(1, 7))


@pytest.mark.parametrize(
    ("section", "declared", "said"),
    [
        (peers(*SIX), None, "each of 6 load balancers (`peers mesh`) has about 5 "),
        (peers(*SIX), 3, "each of 6 load balancers (`peers mesh`) has about 5 "),
        (peers(*SIX), 10, "each of 10 load balancers (poise.toml) has about 3 "),
        # The others stand by.
        (peers(*SIX), 1, None),
        # Six processes of one machine, and the local peer without an address of its own.
        (peers(*6 * ("10.0.200.1",)), None, None),
        ("peers mesh\n    bind :1024\n    server lb1\n    server lb2 10.0.200.2:1024\n", None, None),
        ("", None, None),
    ],
)
def test_the_peers_tell_how_many_share_the_load(section: str, declared: int | None, said: str | None) -> None:
    # 30 in flight for six servers: six balancers have 5 each, two have 15.
    wants = PoolNeeds(peak_requests_per_second=300, service_time_ms=100, load_balancers=declared)
    messages = [
        f.message for f in found("leastconn-many-balancers", DEFAULTS + section + FRONT + pool("balance leastconn", servers=6), wants)
    ]
    assert len(messages) == (said is not None)
    assert not said or messages[0].startswith(said)


BY_NAME = FRONT.replace("    default_backend web\n", "    use_backend web if { hdr(host) -i a.example b.example }\n")


@pytest.mark.parametrize(
    ("front", "balance", "hot", "severity"),
    [
        (FRONT, "uri", None, "info"),
        (FRONT, "hdr(host)", None, "info"),
        (BY_NAME, "hdr(host)", None, "warning"),
        (BY_NAME, "uri", None, "info"),
        # 10 % + 90 % / 3 = 40 %, and 20 % + 80 % / 3 = 47 %.
        (FRONT, "uri", 0.10, None),
        (FRONT, "uri", 0.20, "error"),
    ],
)
def test_how_popular_a_key_is_must_be_known(front: str, balance: str, hot: float | None, severity: str | None) -> None:
    text = DEFAULTS + front + pool(f"balance {balance}", "hash-type consistent")
    wants = PoolNeeds(max_share=0.4, hot_key_share=hot)
    assert [f.severity for f in found("hot-key-unbounded", text, wants)] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("others", "silent", "target", "told"),
    [
        (2, 1, "2.8", True),
        (11, 1, "2.6", True),
        (1, 1, "2.8", False),
        (6, 2, "2.8", False),
        (6, 2, None, True),
        (1, 1, None, True),
        (0, 2, None, False),
    ],
)
def test_the_one_pool_without_an_algorithm_was_forgotten(others: int, silent: int, target: str | None, told: bool) -> None:
    names = [f"old{i}" for i in range(silent)]
    pools = [pool("balance roundrobin", name=f"web{i}") for i in range(others)] + [pool(name=name) for name in names]
    text = DEFAULTS + "".join(pools)
    assert [f.pool for f in found("default-algorithm", text, target=target)] == (names if told else [])
    inherited = text.replace("    mode http\n", "    mode http\n    balance leastconn\n", 1)
    assert found("default-algorithm", inherited, target=target) == []
