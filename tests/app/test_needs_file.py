"""poise.toml: all of it arrives, and every mistake is said at once with its line."""

import os
from datetime import date
from pathlib import Path

import pytest

from poise.app.needs import needs_file, parse_needs, read_needs
from poise.model.needs import Acceptance, Needs, Objectives, PoolNeeds, Watch, WatchedDatabase, WatchedServer

WHOLE = """
[pool.web]
split = {app1 = 2, app2 = 1}
max_share = 0.4
survive = 1
peak_requests_per_second = 800
concurrency_per_server = 32
service_time_ms = 40
sticky = false
idempotent = false
clients_behind_nat = true
cost_per_minute = 120.0
objectives = {availability = 0.999, latency_p99_ms = 500}

[accept.uneven-weights]
pool = "web"
by = "the owner"
because = "app1 is twice as big"
until = 2027-01-31

[watch]
client = "http://127.0.0.1:20000/"
samples = ["load.csv"]
changes = ["changes.jsonl"]
[watch.server."web/app1"]
metrics = "http://127.0.0.1:21001/metrics"
direct = "127.0.0.1:21001"
application = "app1"
[watch.database.main]
dsn = "postgresql://poise@127.0.0.1:22001/app"
path = "127.0.0.1:22000"
direct = "127.0.0.1:22001"
used_by = ["app1", "app2"]
"""


def test_everything_arrives() -> None:
    needs, could_not = parse_needs(WHOLE, "poise.toml")
    assert could_not == ()
    assert needs == Needs(
        pool={
            "web": PoolNeeds({"app1": 2.0, "app2": 1.0}, 0.4, 1, 800.0, 32, 40.0, False, False, True, 120.0, Objectives(0.999, 500.0)),
        },
        accept=(Acceptance("uneven-weights", "the owner", "app1 is twice as big", date(2027, 1, 31), "web"),),
        watch=Watch(
            client="http://127.0.0.1:20000/",
            samples=("load.csv",),
            changes=("changes.jsonl",),
            server={"web/app1": WatchedServer("http://127.0.0.1:21001/metrics", "127.0.0.1:21001", "app1")},
            database={
                "main": WatchedDatabase("postgresql://poise@127.0.0.1:22001/app", "127.0.0.1:22000", "127.0.0.1:22001", ("app1", "app2"))
            },
        ),
    )


def test_every_mistake_is_said_at_once_and_no_secret_with_it() -> None:
    text = (
        '[pool.web]\nmax_shar = 0.4\nsurvive = true\n[pool.api]\nmax_share = 1.5\nsplit = "odd"\n[accept.no-check]\nby = "x"\n'
        '[watch.database.main]\ndsn = ["postgresql://me:hunter2@db/app"]\n[extra]\n'
    )
    needs, could_not = parse_needs(text, "poise.toml")
    said = {(entry.line, entry.reason.split("`")[1]) for entry in could_not}
    assert said == {
        (2, "pool.web.max_shar"),
        (3, "pool.web.survive"),
        (5, "pool.api.max_share"),
        (6, "pool.api.split"),
        (7, "accept.no-check"),
        (10, "watch.database.main.dsn"),
        (11, "extra"),
    }
    assert "max_share" in next(entry.reason for entry in could_not if entry.line == 2)
    assert "hunter2" not in repr(could_not)
    assert needs.pool == {}


@pytest.mark.parametrize(
    "text", ["[pool", "pool = 1", "[pool]\nweb = 1", "watch = 5", "[accept]\nx = 1", "[pool.web]\nsplit = {}\n", "a" * 100_000]
)
def test_no_text_raises_and_none_is_taken_for_clean(text: str) -> None:
    assert parse_needs(text, "poise.toml")[1]


def test_a_rule_may_be_accepted_for_several_pools() -> None:
    entry = '[[accept.no-check]]\npool = "{}"\nby = "x"\nbecause = "y"\nuntil = 2027-01-31\n'
    needs, could_not = parse_needs(entry.format("a") + entry.format("b"), "poise.toml")
    assert could_not == ()
    assert [acceptance.pool for acceptance in needs.accept] == ["a", "b"]


def test_the_file_beside_the_configuration_is_found(tmp_path: Path) -> None:
    configuration = tmp_path / "haproxy.cfg"
    assert read_needs(None, beside=configuration) == (Needs(), ())
    assert needs_file(None, beside=configuration) is None
    (tmp_path / "poise.toml").write_text("[pool.web]\nsurvive = 1\n")
    for beside in (configuration, tmp_path):
        assert read_needs(None, beside=str(beside))[0].of("web").survive == 1
    assert read_needs(str(tmp_path / "none.toml"))[1]
    (tmp_path / "poise.toml").write_bytes(b"\xff")
    assert "UTF-8" in read_needs(None, beside=configuration)[1][0].reason


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("place", "says"), [("pipe", "a pipe that nobody writes into"), ("/dev/zero", "a device"), ("folder", "a folder")])
def test_what_is_no_file_is_neither_waited_for_nor_read_without_end(place: str, says: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "poise.toml").symlink_to(place)
    needs, could_not = read_needs(None, beside=tmp_path / "haproxy.cfg")
    assert needs == Needs()
    assert [(c.what, says in c.reason) for c in could_not] == [(str(tmp_path / "poise.toml"), True)]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "poise.toml").write_bytes(b"\xef\xbb\xbf[pool.web]\nsurvive = 1\n")
    assert read_needs(str(tmp_path / "poise.toml")) == (Needs(pool={"web": PoolNeeds(survive=1)}), ())


@pytest.mark.parametrize("number", ["inf", "1e300", "9" * 400, "9" * 5000, "-1", "nan", "10000000000"])
@pytest.mark.parametrize(
    "key", ["survive", "peak_requests_per_second", "service_time_ms", "concurrency_per_server", "max_share", "session_minutes", "instances"]
)
def test_a_number_that_nothing_can_be_reckoned_with_is_a_mistake(key: str, number: str) -> None:
    needs, could_not = parse_needs(f"[pool.web]\n{key} = {number}\n", "poise.toml")
    assert needs.pool == {}
    assert len(could_not) == 1
    assert len(could_not[0].reason) < 200


def test_a_percentile_below_the_mean_is_a_mistake() -> None:
    read, told = parse_needs("[pool.web]\nservice_time_ms = 40\nservice_time_p99_ms = 10\n", "poise.toml")
    assert [(each.line, each.reason) for each in told] == [
        (3, "`pool.web.service_time_p99_ms` is below service_time_ms = 40, the mean. Write both without what hangs, or leave it out")
    ]
    assert "web" not in read.pool
    assert not parse_needs("[pool.web]\nservice_time_ms = 40\nservice_time_p99_ms = 40\n", "poise.toml")[1]


@pytest.mark.parametrize("ratio", ["inf", "nan", "-1", "1e308", "9" * 400])
def test_a_ratio_that_nothing_can_be_reckoned_with_is_a_mistake(ratio: str) -> None:
    needs, could_not = parse_needs(f"[pool.web]\nsplit = {{a = {ratio}, b = 1}}\n", "poise.toml")
    assert needs.pool == {}
    assert ["must hold ratios" in c.reason for c in could_not] == [True]


# Each took minutes when its time grew with the square of the text.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        f"pool.web.{'a.' * 200_000}a = 1",
        f"[pool.{'a.' * 200_000}a]",
        f"x = {{{'a . ' * 200_000}a = 1}}",
        "".join(f"[pool.p{n}]\nmax_shar = 1\n" for n in range(20_000)),
        "[pool.web]\n" + "".join(f"k{n} = 1\n" for n in range(50_000)),
        "".join(f"[t{n}]\n" for n in range(50_000)),
        "[[accept.no-check]]\nbuy = 1\n" * 20_000,
    ],
)
def test_hostile_text_is_told_in_time_and_in_so_many_words(text: str) -> None:
    needs, could_not = parse_needs(text, "poise.toml")
    assert needs.pool == {}
    assert 1 <= len(could_not) <= 201
    if len(could_not) > 1:
        assert "more than 200 mistakes" in could_not[-1].reason
