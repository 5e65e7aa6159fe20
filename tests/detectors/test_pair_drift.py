"""Two load balancers that must agree: what differs is told, what may differ is not."""

from datetime import UTC, datetime

import numpy as np

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.detectors.pair_drift import ONLY_TEXT, compare
from poise.model.alert import Verdict
from poise.model.sample import Series, Stack, Window

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = """frontend http
    bind 10.0.0.5:80
    default_backend web
backend web
    balance roundrobin
    server app1 10.1.0.1:80 weight 1
    server app2 10.1.0.2:80 weight 1
"""


def window(text: str, **running: float) -> Window:
    """`app1_weight=256` is a sample of `web/app1`."""
    series = {}
    for name, value in running.items():
        server, _, metric = name.partition("_")
        series[f"web/{server}", metric] = Series(np.array([NOW.timestamp() - 1]), np.array([value]))
    return Window(Stack(), NOW, series, topologies=(lower([parse(text, "haproxy.cfg")]),))


def bad(here: Window, there: Window, texts: tuple[str, str] = ("", "")) -> list[str]:
    verdicts: list[Verdict] = list(compare(("edge1", "edge2"), here, there, ({"a": texts[0]}, {"a": texts[1]})))
    assert {v.component for v in verdicts} >= {"pool web", "load-balancer edge1"}
    return [f"{v.severity} {v.component}: {v.summary}; {v.reason}" for v in verdicts if v.state == "bad"]


def test_two_with_addresses_of_their_own_agree() -> None:
    other = TEXT.replace("10.0.0.5:80", "10.0.0.6:80")
    assert bad(window(TEXT, app1_weight=1, app1_up=1), window(other, app1_weight=1, app1_up=1)) == []
    assert bad(window(TEXT), window(TEXT), (TEXT, "# a word\n\n" + TEXT)) == []


def test_weights_servers_and_algorithm_of_the_files() -> None:
    (told,) = bad(window(TEXT), window(TEXT.replace("80 weight 1\n", "80 weight 9\n", 1)))
    assert told.startswith("warning pool web: edge1 and edge2 disagree: app1: the file of edge1 says weight 1, that of edge2 9")
    (told,) = bad(window(TEXT), window(TEXT + "    server app3 10.1.0.3:80\n"))
    assert "app3 is a server of edge2 only" in told
    (told,) = bad(window(TEXT), window(TEXT.replace("roundrobin", "leastconn")))
    assert "edge1 balances by roundrobin, edge2 by leastconn" in told
    (told,) = bad(window(TEXT), window(TEXT.replace(":80\n", ":81\n", 1)))
    assert told.startswith("warning load-balancer edge1") and "port 80, 81" in told
    (told,) = bad(window(TEXT), window(TEXT + "    timeout server 3s\n"), (TEXT, TEXT + "    timeout server 3s\n"))
    assert told.startswith("info load-balancer edge1") and ONLY_TEXT in told


def test_running_weights_and_states() -> None:
    (told,) = bad(window(TEXT, app1_weight=256), window(TEXT, app1_weight=1))
    assert "app1 runs with weight 256 on edge1 and 1 on edge2" in told
    (told,) = bad(window(TEXT, app2_up=0), window(TEXT, app2_up=1))
    assert "app2 is DOWN on edge1 and up on edge2" in told
    # What one of them does not tell is not compared.
    assert bad(window(TEXT, app1_weight=256), window(TEXT)) == []
