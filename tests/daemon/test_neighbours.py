"""What several load balancers stand beside is looked at once, and told to all of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from poise.daemon.neighbours import CERTIFICATE_ENDS, Exchange, declared, is_among, judged_there, of_servers
from poise.daemon.watcher import Watcher
from poise.detectors import DETECTORS
from poise.model.alert import Verdict
from poise.model.needs import Needs, Watch, WatchedDatabase, WatchedServer
from poise.model.reach import Reach
from poise.model.sample import Sample
from poise.probes.source import Reading
from poise.reading.read import read_configuration

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = ("hop", "127.0.0.1:2 127.0.0.1:1 /healthz", "lb→app1")
NEEDS = Needs(
    watch=Watch(
        client="http://127.0.0.1:1/",
        server={"web/app1": WatchedServer("http://127.0.0.1:2/metrics"), "web/gone": WatchedServer("http://127.0.0.1:3/metrics")},
        database={"main": WatchedDatabase("postgresql://h/db", "h:5432")},
    )
)


def test_what_is_declared_is_looked_at_for_any_product(tmp_path: Path) -> None:
    texts = {
        "haproxy.cfg": "backend web\n    server app1 127.0.0.1:9001\n",
        "nginx.conf": "events {}\nhttp { upstream web { server 127.0.0.1:9001; } }\n",
    }
    found = {}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        (topology,), _ = read_configuration([tmp_path / name])
        server = topology.pools[0].servers[0].name
        needs = Needs(watch=Watch(server={f"web/{server}": WatchedServer(None, "127.0.0.1:9101", "app1")}))
        found[name] = set(of_servers(topology, needs))
    # nginx names no servers, so they bear their address; the path to it is the same one.
    assert found["haproxy.cfg"] == found["nginx.conf"] == {("hop", "127.0.0.1:9001 127.0.0.1:9101 /healthz", "lb→app1")}


def test_the_keys_name_the_components(tmp_path: Path) -> None:
    assert {key[2] for key in declared(NEEDS, tmp_path, host=True)} == {"client", "main", "app→main", "host"}
    assert "host" not in {key[2] for key in declared(NEEDS, tmp_path, host=False)}


def test_the_first_that_asks_looks_and_the_others_are_told(tmp_path: Path) -> None:
    exchange = Exchange()
    key = next(iter(declared(NEEDS, tmp_path, host=False)))
    assert exchange.claim(key, "lb1") and not exchange.claim(key, "lb2") and exchange.claim(key, "lb1")
    reading = Reading((Sample(NOW, "client", "p99_ms", 12.0),))
    exchange.offer(key, reading, "lb1")
    assert exchange.take("lb2") == [reading] and exchange.take("lb2") == [] and exchange.take("lb1") == []
    assert exchange.given_up == 0
    exchange.release("lb1")
    assert exchange.given_up == 1 and exchange.claim(key, "lb2")


def test_of_a_listener_at_a_shared_address_only_the_certificate_is_judged_elsewhere() -> None:
    judged = {judged_there(key) for key in (("certificate", "10.0.0.9:443 ", "shop listener"), ("client", "http://x", ""))}

    def verdict(detector: str, component: str) -> Verdict:
        return Verdict(detector, component, "bad", "warning", False, "", "")

    assert is_among(verdict("certificate_ends", "listener shop"), judged) and is_among(verdict("client_harm", "client"), judged)
    own = [("limits_near", "listener shop"), ("uneven_share", "pool shop"), ("certificate_ends", "listener other")]
    assert not any(is_among(verdict(*each), judged) for each in own)
    assert CERTIFICATE_ENDS in {detector.name for detector in DETECTORS}


def test_who_is_left_with_a_shared_server_looks_at_it_itself(tmp_path: Path) -> None:
    """lb1 looks at the hop for both until the server leaves its file; lb2's file stays as it is."""

    async def story() -> None:
        exchange = Exchange()
        needs = Needs(watch=Watch(server={"web/app1": WatchedServer(None, "127.0.0.1:1", "app1")}))
        watchers = []
        for name in ("lb1", "lb2"):
            path = tmp_path / f"{name}.cfg"
            path.write_text("backend web\n    server app1 127.0.0.1:2\n    server app2 127.0.0.1:3\n")
            remote = Reach(socket="tcp://127.0.0.1:4")
            watchers.append(Watcher([str(path)], needs, load_balancer=name, reach=remote, exchange=exchange))
        try:
            for watcher in watchers:
                await watcher.tick(NOW)
            assert not exchange.claim(KEY, "lb2")
            (tmp_path / "lb1.cfg").write_text("backend web\n    server app2 127.0.0.1:3\n")
            for watcher in watchers:
                await watcher.tick(NOW + timedelta(seconds=1))
            assert exchange.claim(KEY, "lb2") and not exchange.claim(KEY, "lb1")
        finally:
            for watcher in watchers:
                await watcher.close()

    asyncio.run(story())
