"""What Envoy's collector tells of a real Envoy, against what its servers counted and what was done to it."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from watched_envoy import Watched, by_component, look

from poise.balancers.envoy.scrape import Scraper

pytestmark = [pytest.mark.live, pytest.mark.binary]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def envoy(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    watched = Watched(tmp_path_factory.mktemp("watched"))
    try:
        runner.run(watched.start())
        yield watched
    finally:
        runner.run(watched.stop())


def test_attempts_failures_and_shares_are_those_that_the_servers_saw(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        scraper = Scraper(envoy.topology())
        before = await look(scraper)
        envoy.counts.clear()
        await envoy.ask("/web", 12)
        after = await look(scraper)
        names = {kind: f"web/127.0.0.1:{envoy.ports[kind]}" for kind in ("ok", "fails", "slow", "refuses")}

        def rose(kind: str, metric: str) -> float:
            return after[names[kind]][metric] - before[names[kind]][metric]

        # Weights 3, 1, 1, 1 over twelve requests of one worker.
        assert {kind: rose(kind, "requests_total") for kind in names} == {"ok": 6, "fails": 2, "slow": 2, "refuses": 0}
        assert {kind: envoy.counts[kind] for kind in names} == {"ok": 6, "fails": 2, "slow": 2, "refuses": 0}
        assert {kind: rose(kind, "responses_5xx_total") for kind in names} == {"ok": 0, "fails": 2, "slow": 2, "refuses": 2}
        assert {kind: rose(kind, "timeouts_total") for kind in names} == {"ok": 0, "fails": 0, "slow": 2, "refuses": 0}
        assert {kind: rose(kind, "connection_errors_total") for kind in names} == {"ok": 0, "fails": 0, "slow": 0, "refuses": 2}
        assert {kind: after[names[kind]]["weight"] for kind in names} == {"ok": 3, "fails": 1, "slow": 1, "refuses": 1}
        assert (after["web"]["responses_5xx_total"], after["web"]["servers"], after["web"]["servers_up"]) == (6, 4, 4)
        assert (after["http"]["requests_total"] - before["http"]["requests_total"], after["http"]["session_limit"]) == (12, 50)
        assert after["http"]["responses_5xx_total"] - before["http"]["responses_5xx_total"] == 6
        assert (after["lb1"]["live"], after["lb1"]["pools"], "certificate_days" in after["lb1"]) == (1, 6, False)

    runner.run(story())


def test_each_try_counts_at_the_server_and_the_answer_once_at_the_pool(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        scraper = Scraper(envoy.topology())
        await envoy.ask("/tried", 2)
        after = await look(scraper)
        server = after[f"tried:again/127.0.0.1:{envoy.ports['fails']}"]
        assert (server["requests_total"], server["responses_5xx_total"]) == (6, 6)
        pool = after["tried:again"]
        assert {m: pool[m] for m in ("requests_total", "tries_total", "retries_total", "responses_5xx_total")} == {
            "requests_total": 2,
            "tries_total": 6,
            "retries_total": 4,
            "responses_5xx_total": 2,
        }

    runner.run(story())


def test_connections_that_are_passed_on_are_its_requests(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        scraper = Scraper(envoy.topology())
        for _ in range(4):
            with suppress(ValueError, OSError):
                await envoy.ask("/", 1, port=20)
        after = await look(scraper)
        ok, refuses = (after[f"connections/127.0.0.1:{envoy.ports[kind]}"] for kind in ("ok", "refuses"))
        # Envoy goes on to the next server only where max_connect_attempts says so.
        assert (ok["requests_total"], refuses["requests_total"], refuses["connection_errors_total"]) == (2, 0, 2)
        assert (after["connections"]["requests_total"], after["connections"]["connection_errors_total"]) == (2, 2)
        assert after["passed-on"]["sessions_total"] == 4

    runner.run(story())


def test_endpoints_are_the_servers_of_the_file(runner: asyncio.Runner, envoy: Watched) -> None:
    topology = envoy.topology()
    scrape = runner.run(Scraper(topology).scrape(datetime.now(UTC)))
    names = {name for name in scrape.blocks[0].components if name.startswith(("twice/", "named/"))}
    assert names == {f"{pool.name}/{server.name}" for pool in topology.pools if pool.name in ("twice", "named") for server in pool.servers}
    assert scrape.found == ()
    assert scrape.could_not == ()
    first, second = (by_component(scrape)[f"twice/127.0.0.1:{envoy.ports['ok']}{end}"] for end in ("", "#2"))
    assert (first["weight"], second["weight"], second["file_weight"]) == (1, 2, 2)


def test_names_are_handed_over_again_as_long_as_they_hold(runner: asyncio.Runner, envoy: Watched) -> None:
    scraper = Scraper(envoy.topology())
    first, second = (runner.run(scraper.scrape(datetime.now(UTC))) for _ in range(2))
    assert all(a.components is b.components and a.metrics is b.metrics for a, b in zip(first.blocks, second.blocks, strict=True))


def test_health_as_discovery_declares_it_priorities_and_panic(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        scraper = Scraper(envoy.topology())
        ok, second, fails, slow = (f"found/127.0.0.1:{envoy.ports[kind]}" for kind in ("ok", "second", "fails", "slow"))
        assert (await look(scraper))[ok]["weight"] == 5
        envoy.endpoints([("ok", ""), ("slow", "health_status: DRAINING"), ("fails", "health_status: UNHEALTHY")], [("second", "")])
        found = by_component(await envoy.until(scraper, "found", "servers", 4))
        states = {name: {m: found[name][m] for m in ("up", "drain", "declared_unhealthy", "backup")} for name in (ok, slow, fails, second)}
        assert states == {
            ok: {"up": 1, "drain": 0, "declared_unhealthy": 0, "backup": 0},
            slow: {"up": 1, "drain": 1, "declared_unhealthy": 0, "backup": 0},
            fails: {"up": 0, "drain": 0, "declared_unhealthy": 1, "backup": 0},
            second: {"up": 1, "drain": 0, "declared_unhealthy": 0, "backup": 1},
        }
        # One of two that count is fit: 140 % of a half of the traffic. Who drains does not count.
        assert (found["found"]["first_priority_ratio"], found["found"]["panic"], found["found"]["servers_excluded"]) == (0.7, 0, 1)
        await envoy.ask("/found", 100)
        sent = await look(scraper)
        assert sent[ok]["requests_total"] + sent[second]["requests_total"] == 100
        assert abs(sent[ok]["requests_total"] - 70) < 5 * (100 * 0.7 * 0.3) ** 0.5
        # Nobody of the first priority is fit: the second serves alone.
        envoy.endpoints([("fails", "health_status: UNHEALTHY")], [("second", "")])
        found = by_component(await envoy.until(scraper, "found", "servers", 2))
        assert (found["found"]["first_priority_ratio"], found["found"]["panic"]) == (0, 0)
        # Two of three are unfit, and there is nobody else: panic, which Envoy proves at the next request.
        envoy.endpoints([("ok", ""), ("second", "health_status: UNHEALTHY"), ("slow", "health_status: UNHEALTHY")])
        found = by_component(await envoy.until(scraper, "found", "servers", 3))
        before = found["found"]["panic_total"]
        assert found["found"]["panic"] == 1
        envoy.endpoints([("ok", ""), ("second", "health_status: UNHEALTHY")])
        await envoy.until(scraper, "found", "servers", 2)
        await envoy.ask("/found", 4)
        assert (await look(scraper))["found"]["panic"] == 0  # 50 % are fit, and panic begins below
        envoy.endpoints([("second", "health_status: UNHEALTHY"), ("ok", "health_status: UNHEALTHY")])
        await envoy.until(scraper, "found", "servers_up", 0)
        await envoy.ask("/found", 4)
        found = await look(scraper)
        assert (found["found"]["panic"], found["found"]["panic_total"] - before) == (1, 4)

    runner.run(story())


def test_ejection_limits_and_discovery_that_is_refused(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        scraper = Scraper(envoy.topology())
        envoy.endpoints([("fails", ""), ("ok", ""), ("second", "")])
        before = by_component(await envoy.until(scraper, "found", "servers", 3))
        assert {m: before["found"][m] for m in ("limit", "connection_limit", "queue_limit", "retry_limit")} == {
            "limit": 9,
            "connection_limit": 7,
            "queue_limit": 5,
            "retry_limit": 1,
        }
        assert (before["found"]["requests_remaining"], before["found"]["requests_breaker_open"]) == (9, 0)
        assert 0 <= before["found"]["discovery_age_seconds"] < 20
        await envoy.ask("/found", 9)
        name = f"found/127.0.0.1:{envoy.ports['fails']}"
        found = by_component(await envoy.until(scraper, name, "ejected", 1))
        assert (found[name]["up"], found["found"]["servers_ejected"], found["found"]["ejections_total"]) == (0, 1, 1)
        envoy.replace("resources: [{")
        found = by_component(await envoy.until(scraper, "found", "discovery_failures_total", 1))
        assert found["found"]["discovery_updates_total"] == before["found"]["discovery_updates_total"]
        assert found["found"]["servers"] == 3
        assert (await look(scraper))["found"]["discovery_failing_seconds"] > 0
        envoy.endpoints([("ok", ""), ("second", "")])
        await envoy.until(scraper, "found", "discovery_failing_seconds", 0)

    runner.run(story())


def test_what_the_file_does_not_name_is_found_and_what_does_not_run_is_counted(runner: asyncio.Runner, envoy: Watched) -> None:
    async def story() -> None:
        envoy.endpoints([("ok", ""), ("second", "")])
        scraper = Scraper(envoy.topology())
        await envoy.until(scraper, "found", "servers", 2)
        envoy.endpoints([("ok", ""), ("slow", "")])
        scrape = await envoy.until(scraper, f"found/127.0.0.1:{envoy.ports['slow']}", "up", 1)
        component = scrape.found[0][1]
        assert (scrape.found[0][0], component.name, component.kind) == ("found", f"found/127.0.0.1:{envoy.ports['slow']}", "server")
        pool = by_component(scrape)["found"]
        assert (pool["servers_missing"], pool["servers_unfiled"]) == (1, 1)
        scraper.topology = envoy.topology()
        pool = (await look(scraper))["found"]
        assert (pool["servers_missing"], pool["servers_unfiled"]) == (0, 0)

    runner.run(story())


def test_an_edited_file_that_was_not_taken_is_told_with_its_lines(runner: asyncio.Runner, envoy: Watched) -> None:
    written = envoy.config.read_text()

    async def story() -> None:
        scraper = Scraper(envoy.topology())
        same = await envoy.until(scraper, "lb1", "file_differences", 0)
        assert same.could_not == ()
        assert by_component(same)["web"]["file_differences"] == by_component(same)["http"]["file_differences"] == 0
        edited = written.replace("    - name: web\n      type: STATIC\n", "    - name: web\n      type: STATIC\n      lb_policy: RANDOM\n")
        edited = edited.replace("load_balancing_weight: 3", "load_balancing_weight: 1").replace("max_requests: 9", "max_requests: 900")
        edited = edited.replace("prefix: /tried", "prefix: /retried").replace("name: twice", "name: thrice")
        envoy.config.write_text(edited)
        scraper.topology = envoy.topology()
        scrape = await scraper.scrape(datetime.now(UTC))
        line = {word: edited[: edited.index(word)].count("\n") + 1 for word in ("RANDOM", "900", "name: thrice", "prefix: /retried")}
        says = {event.component: event.text.partition(" does not run as its file says: ")[2] for event in scrape.events}
        assert says == {
            "pool web": f"lb_policy: the file (line {line['RANDOM']}) has RANDOM, what runs has none",
            "pool found": f"circuit_breakers.thresholds.0.max_requests: the file (line {line['900']}) has 900, what runs has 9",
            "pool thrice": f"the pool: the file (line {line['name: thrice']}) has it, what runs has none",
            "pool twice": "the pool: the file has none, what runs has it",
            "listener http": "route * prefix /retried → tried:again: "
            f"the file (line {line['prefix: /retried']}) has a route, what runs has none; "
            "route * prefix /tried → tried:again: the file has none, what runs has a route",
        }
        found = by_component(scrape)
        assert {name: found[name]["file_differences"] for name in ("web", "found", "http", "lb1")} == {
            "web": 1,
            "found": 1,
            "http": 2,
            "lb1": 6,
        }
        server = found[f"web/127.0.0.1:{envoy.ports['ok']}"]
        assert (server["weight"], server["loaded_weight"], server["file_weight"]) == (3, 3, 1)
        assert (await scraper.scrape(datetime.now(UTC))).events == ()
        await scraper.close()

    try:
        runner.run(story())
    finally:
        envoy.config.write_text(written)


def test_a_listener_is_not_taken_for_the_admin_interface(runner: asyncio.Runner, envoy: Watched, tmp_path: Path) -> None:
    scrape = runner.run(Scraper(envoy.topology(), admin=f"127.0.0.1:{envoy.ports['ok']}").scrape(datetime.now(UTC)))
    assert scrape.blocks == () and scrape.samples == ()
    assert "is this Envoy's admin interface" in scrape.could_not[0].reason
