"""`show stat` and `show servers state` read by columns: the same as line by line, whatever the version and the text in the fields."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from poise.balancers import accept_queue
from poise.balancers.haproxy.grid import grid
from poise.balancers.haproxy.stat_blocks import StatBlocks
from poise.daemon.history import History
from poise.model.location import Location
from poise.model.sample import Block, Stack
from poise.model.topology import Algorithm, Pool, Server, Topology

NOW = datetime(2026, 11, 27, tzinfo=UTC)
HERE = Location("haproxy.cfg", 1, 1)
# Columns as HAProxy 2.6 names them, those that are read and two that are not; each line ends in a comma, as its own do.
HEAD = (
    "# pxname,svname,qcur,scur,slim,stot,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,"
    "type,check_status,hrsp_5xx,req_tot,last_chk,rtime,"
)
STATE_HEAD = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_fqdn srv_port\n"


def line(proxy: str, server: str, kind: int, requests: int, status: str = "UP", check: str = "", words: str = "", act: int = 1) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=",\n").writerow(
        [proxy, server, 0, 3, "", requests, 0, 0, 1, 0, status, 100, act, 0, 2, kind, check, 7, requests if kind == 0 else "", words, 12]
    )
    return out.getvalue()


def state(*servers: tuple[str, str, int, int, int]) -> str:
    rows = (
        f"3 {pool} {i} {name} 10.0.0.1 2 {admin} {weight} {loaded} - 80\n" for i, (pool, name, admin, weight, loaded) in enumerate(servers)
    )
    return STATE_HEAD + "".join(rows)


def topology(*servers: str) -> Topology:
    return Topology(
        "haproxy",
        "haproxy.cfg",
        pools=(
            Pool("web", "haproxy", "http", Algorithm("roundrobin"), tuple(Server(s, "h:1", "active", 100, HERE) for s in servers), HERE),
        ),
    )


def figures(blocks: tuple[Block, ...]) -> dict[tuple[str, str], float]:
    return {(s.component, s.metric): s.value for block in reversed(blocks) for s in block.samples()}


LINES = [
    line("http", "FRONTEND", 0, 90, "OPEN"),
    line("web", "app1", 2, 50, "UP", "* L7OK"),
    line("web", "app2", 2, 40, "DOWN 1/2", "L4CON", 'refused, said "no", twice'),
    line("web", "app3", 2, 0, "no check"),
    line("web", "BACKEND", 1, 90, act=2),
    line("stats", "BACKEND", 1, 5, act=0),
]


def test_what_each_line_says() -> None:
    states = state(("web", "app1", 0, 100, 100), ("web", "app2", 1, 100, 100), ("web", "app3", 8, 256, 100))
    blocks = StatBlocks("lb1").read((HEAD + "\n" + "".join(LINES)).encode(), states.encode(), topology("app1", "app2"), NOW)
    seen = figures(blocks)
    assert [seen[f"web/app{i}", "requests_total"] for i in (1, 2, 3)] == [50, 40, 0]
    assert [seen[f"web/app{i}", "up"] for i in (1, 2, 3)] == [1, 0, 1]
    assert [seen.get((f"web/app{i}", "check_refused")) for i in (1, 2, 3)] == [0, 1, None]
    assert [seen[f"web/app{i}", "maintenance"] for i in (1, 2, 3)] == [0, 1, 0]
    assert [seen[f"web/app{i}", "drain"] for i in (1, 2, 3)] == [0, 0, 1]
    assert [seen[f"web/app{i}", "weight"] for i in (1, 2, 3)] == [100, 100, 256]
    assert [seen.get((f"web/app{i}", "file_weight")) for i in (1, 2, 3)] == [100, 100, None]
    assert seen["web/app1", "response_ms"] == 12 and ("web/app1", "maxconn") not in seen and ("web/app1", "queue_ms") not in seen
    assert (seen["web", "requests_total"], seen["web", "servers_up"], seen["http", "sessions_total"]) == (90, 2, 90)
    # The statistics page's backend has no servers and is no pool.
    assert not any(component == "stats" for component, _ in seen)


def test_a_page_that_tells_no_states_leaves_the_loaded_weight_out() -> None:
    blocks = StatBlocks("lb1").read((HEAD + "\n" + "".join(LINES)).encode(), None, topology("app1"), NOW)
    assert "loaded_weight" not in {metric for _, metric in figures(blocks)}


@pytest.mark.parametrize("seed", range(8))
def test_fields_are_those_of_the_csv_module(seed: int) -> None:
    draw = random.Random(seed)
    fields = ["", "0", "7", "123", "18446744073709551615", "1.5", "-1", "UP 1/3", "ab c", "12x", "999999999999999"]
    awkward = [*fields, "a,b", 'say "hi"', "two\nlines", ","] if seed % 2 else fields
    rows = [[draw.choice(awkward) for _ in range(9)] for _ in range(40)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    found = grid(out.getvalue().encode(), ",")
    assert len(found) == len(rows)
    for column in range(9):
        raw = [w.decode() for w in found.words(column).tolist()]
        assert [next(csv.reader([w]))[0] if w and "\n" not in w else w.strip('"') for w in raw] == [row[column] for row in rows]
        expected = [_number(row[column]) for row in rows]
        np.testing.assert_array_equal(found.numbers([column, -1]), [expected, [np.nan] * len(rows)])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def test_a_torn_line_is_left_out_and_the_others_are_read() -> None:
    found = grid(b"a,1,x,\nb,2\nc,3,y,\n", ",")
    assert found.words(0).tolist() == [b"a", b"c"] and found.numbers([1]).tolist() == [[1, 3]]
    assert len(grid(b"", ",")) == 0


def test_other_text_is_no_table() -> None:
    with pytest.raises(ValueError, match="Permission denied"):
        StatBlocks("lb1").read(b"Permission denied\n", None, topology("app1"), NOW)


def test_components_stay_the_same_objects_while_the_names_do() -> None:
    reader, file = StatBlocks("lb1"), topology("app1", "app2", "app3")

    def read(lines: list[str], *servers: str) -> tuple[Block, ...]:
        return reader.read((HEAD + "\n" + "".join(lines)).encode(), state(*(("web", s, 0, 100, 100) for s in servers)).encode(), file, NOW)

    first = read(LINES, "app1", "app2", "app3")
    second = read([LINES[0], line("web", "app1", 2, 51), *LINES[2:]], "app1", "app2", "app3")
    assert [a.components is b.components and a.metrics is b.metrics for a, b in zip(first, second, strict=True)] == [True] * 3
    # A dynamic server: `add server` makes a line of its own.
    more = read([*LINES[:4], line("web", "app9", 2, 1), *LINES[4:]], "app1", "app2", "app3", "app9")
    assert more[0].components == ("web/app1", "web/app2", "web/app3", "web/app9")
    assert figures(more)["web/app9", "weight"] == 100


def test_a_restart_and_servers_that_come_and_go_in_the_history() -> None:
    reader, history, file = StatBlocks("lb1"), History(), topology("app1", "app2")
    for second, (one, two) in enumerate(((100, 10), (130, 12), (4, None), (9, None), (15, 3), (20, 5))):
        lines = [line("web", "app1", 2, one), *([] if two is None else [line("web", "app2", 2, two)])]
        text = (HEAD + "\n" + "".join(lines)).encode()
        history.add_blocks(reader.read(text, None, file, NOW + timedelta(seconds=second)))
    window = history.window(NOW + timedelta(seconds=5), Stack())
    # 30 before the restart, 4 since it at the next look, then 5, 6 and 5.
    assert window.get("web/app1", "requests_total").increase() == 30 + 4 + 5 + 6 + 5
    assert window.get("web/app2", "requests_total").increase() == 2 + 3 + 2
    assert len(window.get("web/app2", "up").values) == 4


def test_columns_of_another_version_are_found_by_name() -> None:
    """HAProxy 1.8 has fewer columns, and no `srv_abrt` or `ctime` there where 2.x has them."""
    head = "# pxname,stot,svname,type,weight,status,"
    blocks = StatBlocks("lb1").read((head + "\nweb,5,app1,2,77,UP,\nweb,5,BACKEND,1,77,UP,\n").encode(), None, topology("app1"), NOW)
    seen = figures(blocks)
    assert (seen["web/app1", "requests_total"], seen["web/app1", "effective_weight"], seen["web", "requests_total"]) == (5, 77, 5)


def test_accept_queues_of_many_listeners_are_read_at_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    table = tmp_path / "tcp"
    row = "   0: {}:{:04X} 00000000:0000 0A 00000000:{:08X} 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n"
    table.write_text("heading\n" + row.format("00000000", 80, 3) + row.format("0100007F", 81, 5) + row.format("0200007F", 81, 7))
    each = [["*:80"], ["127.0.0.1:81"], ["*:81", "127.0.0.2:81"], ["*:82"], ["/run/x.sock"]]
    assert accept_queue.waiting_each(each, [table]) == [3, 5, 12, None, None]
    assert [accept_queue.waiting(one, [table]) for one in each] == [3, 5, 12, None, None]


def test_an_address_that_moved_is_told_once_whatever_the_next_look_tells() -> None:
    reader, stat = StatBlocks("lb1"), (HEAD + "\n" + "".join(LINES)).encode()
    states = state(("web", "app1", 0, 100, 100), ("web", "app2", 0, 100, 100), ("web", "app3", 0, 100, 100)).encode()
    told = []
    # The third look is refused `show servers state`, as an account of level user is.
    for answer in (states, states.replace(b"app2 10.0.0.1", b"app2 10.0.0.9"), None):
        reader.read(stat, answer, topology("app1", "app2"), NOW)
        told.append(reader.moved)
    assert told == [(), (("web/app2", "10.0.0.1", "10.0.0.9"),), ()]
