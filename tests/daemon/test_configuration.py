"""Configuration files that are edited, broken, lost and come back while they are watched."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from poise.daemon.configuration import Configuration
from poise.daemon.running_changes import RunningChanges
from poise.daemon.stack_of import stack_of
from poise.model.needs import Needs, Watch, WatchedDatabase, WatchedServer
from poise.model.sample import Block, Sample
from poise.reading.read import read_configuration

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = """global
    stats socket /run/poise-test.sock level admin
frontend http
    mode http
    bind 127.0.0.1:20000
    default_backend web
backend web
    mode http
    balance roundrobin
    server app1 127.0.0.1:21001 weight 1
    server app2 127.0.0.1:21002 weight 1
"""


def test_an_edit_is_an_event_that_says_what_moves(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    watched = Configuration([str(path)], Needs())
    assert watched.refresh(NOW) == ()
    path.write_text(TEXT.replace("21001 weight 1", "21001 weight 3"))
    (event,) = watched.refresh(NOW)
    assert event.kind == "change" and event.component == "load-balancer lb1"
    assert "25% of pool web's traffic moves (app1 50% → 75%, app2 50% → 25%)" in event.text
    assert "+ server app1 127.0.0.1:21001 weight 3" in event.text
    assert watched.topology is not None and watched.topology.pools[0].servers[0].weight == 3
    assert [(c.old == TEXT, c.file) for c in watched.changes] == [(True, str(path))]
    assert watched.refresh(NOW) == ()


def test_a_touched_file_is_no_change_and_a_lost_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    watched = Configuration([str(path)], Needs())
    path.unlink()
    assert watched.refresh(NOW) == ()
    assert watched.topology is not None and "no such file" in watched.could_not[0].reason
    path.write_text(TEXT)
    assert watched.refresh(NOW) == () and not watched.could_not


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary\n")
    watched = Configuration([str(path)], Needs())
    assert watched.topology is None and "not a configuration that poise knows" in watched.could_not[0].reason


def test_an_emptied_file_in_the_middle_of_a_save_removes_no_server(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    watched = Configuration([str(path)], Needs())
    path.write_text("")
    assert watched.refresh(NOW) == ()
    assert watched.topology is not None and len(watched.topology.pools[0].servers) == 2
    assert "it is empty" in watched.could_not[0].reason and "compared with what the file said before" in watched.could_not[0].reason


def test_an_nginx_is_followed_into_what_it_includes(tmp_path: Path) -> None:
    main, part = tmp_path / "nginx.conf", tmp_path / "conf.d" / "web.conf"
    part.parent.mkdir()
    main.write_text("events {}\nhttp { include conf.d/*.conf; }\n")
    part.write_text("upstream web {\n server 10.0.0.1:80;\n server 10.0.0.2:80;\n}\nserver { location / { proxy_pass http://web; } }\n")
    watched = Configuration([str(main)], Needs())
    assert watched.topology is not None and watched.topology.product == "nginx" and not watched.changed()
    part.write_text(part.read_text().replace("10.0.0.1:80;", "10.0.0.1:80 weight=3;"))
    (event,) = watched.refresh(NOW)
    assert event.text.startswith(f"{part} was edited; 25% of pool web's traffic moves")
    # A file that a pattern takes in from now on.
    (part.parent / "more.conf").write_text("upstream more { server 10.0.0.9:80; }\n")
    (event,) = watched.refresh(NOW)
    assert "more.conf is a new part of the configuration" in event.text
    assert watched.refresh(NOW) == () and not watched.could_not


def test_an_envoy_is_followed_into_the_files_it_names(tmp_path: Path) -> None:
    main, part = tmp_path / "envoy.yaml", tmp_path / "eds.yaml"
    main.write_text(
        "node: {id: a, cluster: b}\nstatic_resources:\n  clusters:\n  - name: web\n    type: EDS\n    eds_cluster_config:\n"
        f"      eds_config: {{path_config_source: {{path: {part}}}}}\n"
    )
    endpoint = "  - endpoint: {address: {socket_address: {address: 10.0.0.%d, port_value: 80}}}\n    load_balancing_weight: %d\n"
    text = (
        "resources:\n- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment\n  cluster_name: web\n"
        "  endpoints:\n  - lb_endpoints:\n"
    ) + "".join("  " + line + "\n" for number in (1, 2) for line in (endpoint % (number, 1)).splitlines())
    part.write_text(text)
    watched = Configuration([str(main)], Needs())
    assert watched.topology is not None and [len(pool.servers) for pool in watched.topology.pools] == [2], watched.could_not
    part.write_text(text.replace("weight: 1", "weight: 3", 1))
    (event,) = watched.refresh(NOW)
    assert event.text.startswith(f"{part} was edited; 25% of pool web's traffic moves")


def test_the_stack_has_the_declared_parts_and_their_edges(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    topology = Configuration([str(path)], Needs()).topology
    assert topology is not None
    watch = Watch(
        client="http://127.0.0.1:20000/",
        server={"web/app1": WatchedServer("http://127.0.0.1:21101/metrics", "127.0.0.1:21101", "app1")},
        database={"main": WatchedDatabase("postgresql://u@h/db", "127.0.0.1:22000", "127.0.0.1:22001", ("app1",))},
    )
    stack = stack_of((topology,), Needs(watch=watch))
    assert {(c.name, c.kind) for c in stack.components} == {
        ("client", "client"), ("lb1", "load-balancer"), ("http", "listener"), ("web", "pool"),
        ("web/app1", "server"), ("web/app2", "server"), ("app1", "application"),
        ("lb→app1", "hop"), ("main", "database"), ("app→main", "hop"), ("host", "host"),
    }  # fmt: skip
    road = ("client", "http", "web", "web/app1", "app1", "main")
    assert set(pairwise(road)) <= set(stack.edges)


def test_what_was_changed_at_run_time_is_an_event() -> None:
    running = RunningChanges()
    kinds = {"web/app1": "server", "lb1": "load-balancer"}

    def see(**values: float) -> list[str]:
        samples = [Sample(NOW, "lb1" if m == "pid" else "web/app1", m, v) for m, v in values.items()]
        return [f"{e.kind}: {e.text}" for e in running.see(samples, NOW, kinds)]

    assert see(pid=7, weight=1, maintenance=0, up=1) == []
    assert see(pid=7, weight=256, maintenance=0, up=1) == ["change: weight in pool web at run time: app1 1 → 256"]
    assert see(pid=7, weight=256, maintenance=1, up=0) == [
        "change: server web/app1 was taken into maintenance",
        "note: server web/app1 is down",
    ]
    assert "with the reload" in see(pid=8, weight=1)[1]


def test_bytes_that_are_no_utf_8_shift_no_span(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    data = TEXT.replace("global\n", "global  # ümläut ümläut\n").replace("weight 1\n", "weight 57\n", 1).encode("latin-1")
    path.write_bytes(data)
    topology = Configuration([str(path)], Needs()).topology
    assert topology is not None
    where = topology.pools[0].servers[0].spots.weight
    assert where is not None and data[where.start : where.end] == b"57"
    watched = Configuration([str(path)], Needs())
    path.write_bytes(data.replace(b"57", b"58  # \xe4ndern"))
    (event,) = watched.refresh(NOW)
    assert event.text.encode() and "weight 58" in event.text


def test_files_are_lowered_together_in_the_order_of_their_options(tmp_path: Path) -> None:
    first, second = tmp_path / "a.cfg", tmp_path / "b.cfg"
    first.write_text("global\n    setenv HOST 10.9.8.7\ndefaults\n    mode http\n    retries 7\n")
    second.write_text('backend web\n    server app1 "${HOST}:80"\n')
    paths = [str(first), str(second)]
    topology = Configuration(paths, Needs()).topology
    (read,), _ = read_configuration(paths, together=True, environment={})
    assert topology is not None and topology.pools == read.pools
    assert topology.pools[0].servers[0].address == "10.9.8.7:80"


def test_an_edit_is_told_without_the_secrets_in_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(TEXT)
    watched = Configuration([str(path)], Needs())
    lines = ["stats auth admin:s3cret", "http-request set-header Authorization Basic\\ s3cret", "server app3 127.0.0.1:21003"]
    path.write_text(TEXT.replace("global\n", "global\n    setenv TOKEN s3cret\n") + "".join(f"    {line}\n" for line in lines))
    (event,) = watched.refresh(NOW)
    assert "s3cret" not in event.text
    assert "+ stats auth admin:***" in event.text and "+ setenv TOKEN ***" in event.text and "+ server app3 127.0.0.1:21003" in event.text


def test_addresses_of_the_stack_hold_no_password() -> None:
    watch = Watch(
        client="http://u:s3cret@127.0.0.1:20000/", database={"main": WatchedDatabase(None, "u:x@h:1", "postgresql://u:s3cret@h:5432/db")}
    )
    assert "s3cret" not in repr(stack_of((), Needs(watch=watch)))


def test_blocks_tell_the_same_changes_as_samples() -> None:
    running = RunningChanges()
    kinds = {"web/app1": "server", "web/app2": "server"}
    both, one = ("web/app1", "web/app2"), ("web/app2",)
    metrics = ("requests_total", "weight", "up")

    def see(components: tuple[str, ...], *rows: tuple[float, float, float]) -> list[str]:
        return [e.text for e in running.see((), NOW, kinds, (Block(NOW, components, metrics, np.array(rows)),))]

    assert see(both, (5, 1, 1), (5, 1, 1)) == []
    assert see(both, (9, 256, 1), (9, 1, 1)) == ["weight in pool web at run time: app1 1 → 256"]
    # Not measured is not changed, and what it was is remembered.
    assert see(both, (9, np.nan, 1), (9, 1, np.nan)) == []
    assert see(both, (9, 1, 1), (9, 1, 0)) == ["server web/app2 is down", "weight in pool web at run time: app1 256 → 1"]
    # Another server left: its peer is compared with itself.
    assert see(one, (9, 7, 0)) == ["weight in pool web at run time: app2 1 → 7"]


def test_a_limit_that_strays_with_the_load_was_changed_by_nobody() -> None:
    changes = RunningChanges()
    kinds = {"lb1": "load-balancer"}
    told = [changes.see((Sample(NOW, "lb1", "session_limit", value),), NOW, kinds) for value in (2036.0, 2028.0, 2041.0, 500.0)]
    assert [len(events) for events in told] == [0, 0, 0, 1]
    assert "2041 → 500" in told[-1][0].text
