"""What a configuration means, field by field. Expected values are HAProxy's documented ones (configuration manual, 4 and 5)."""

import gc
import re
from dataclasses import replace
from datetime import timedelta

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.model.settled import settle
from poise.model.topology import Pool, Server, Topology
from poise.rules.engine import check


def topology(text: str, target: str | None = None) -> Topology:
    found = lower([parse(text, "x.cfg", {})], target)
    assert found.could_not == ()
    return found


def pool(text: str) -> Pool:
    return topology(text).pools[0]


def server(text: str, name: str = "a") -> Server:
    found = pool(text).server(name)
    assert found is not None
    return found


def test_haproxys_own_defaults_apply_where_nothing_is_written() -> None:
    bare = pool("backend b\n server a 127.0.0.1:80 check\n")
    assert (bare.mode, bare.algorithm.name, bare.algorithm.location, bare.retries, bare.redispatch) == ("tcp", "roundrobin", None, 3, False)
    assert bare.timeouts.connect is None
    only = bare.servers[0]
    assert (only.weight, only.spots.weight, only.role, only.maxconn) == (1, None, "active", None)
    assert only.check is not None
    assert (only.check.kind, only.check.interval, only.check.fall, only.check.rise) == ("tcp", timedelta(seconds=2), 3, 2)
    assert server("backend b\n server a 127.0.0.1:80\n").check is None


def test_default_server_counts_for_the_lines_below_it_and_options_for_all() -> None:
    found = pool(
        "defaults\n mode http\n default-server inter 1s\nbackend b\n server a :1 check\n default-server weight 9 backup\n"
        " server b :2 check\n"
        " server c :3 no-backup weight 4\n option httpchk GET /healthz\n"
    )
    a, b, c = found.servers
    assert [(s.weight, s.role) for s in (a, b, c)] == [(1, "active"), (9, "backup"), (4, "active")]
    for each in (a, b):
        assert each.check is not None
        assert (each.check.kind, each.check.method, each.check.path, each.check.interval) == (
            "http",
            "GET",
            "/healthz",
            timedelta(seconds=1),
        )


def test_a_named_defaults_section_is_taken_by_name_and_the_latest_otherwise() -> None:
    text = "defaults one\n retries 1\ndefaults two from one\n balance leastconn\nbackend a\nbackend b from one\n"
    a, b = topology(text).pools
    assert (a.retries, a.algorithm.name) == (1, "leastconn")
    assert (b.retries, b.algorithm.name) == (1, "roundrobin")


def test_a_defaults_section_begins_afresh() -> None:
    assert pool("defaults\n retries 9\ndefaults\n mode http\nbackend b\n").retries == 3


def test_server_template_is_as_many_servers() -> None:
    found = pool("backend b\n server-template app 2-4 app.example.org:80 weight 3\n")
    assert [(s.name, s.weight, s.address) for s in found.servers] == [(f"app{n}", 3, "app.example.org:80") for n in (2, 3, 4)]


def test_every_field_of_a_server() -> None:
    line = (
        "server a 127.0.0.1:80 check inter 500 fall 5 rise 4 port 81 addr 127.0.0.2 weight 50 maxconn 20 minconn 5 maxqueue 7 slowstart 1m "
        "cookie c id 9 ssl verify none resolvers dns init-addr none on-error mark-down observe layer7 agent-check agent-port 99"
    )
    found = server(f"resolvers dns\n nameserver x 127.0.0.1:53\nbackend b\n {line}\n")
    assert (found.weight, found.maxconn, found.minconn, found.maxqueue, found.slow_start) == (50, 20, 5, 7, timedelta(minutes=1))
    assert (found.cookie, found.server_id, found.tls, found.tls_verify, found.resolvers, found.init_addr) == (
        "c",
        9,
        True,
        "none",
        "dns",
        "none",
    )
    assert (found.on_error, found.observe, found.agent_check) == ("mark-down", "layer7", True)
    assert found.check is not None
    assert (found.check.interval, found.check.fall, found.check.rise) == (timedelta(milliseconds=500), 5, 4)
    assert (found.check.port, found.check.address) == (81, "127.0.0.2")


def test_listen_is_a_listener_and_a_pool_with_a_route_between_them() -> None:
    found = topology("listen web\n mode http\n bind :80,127.0.0.1:81 ssl\n maxconn 100\n server a 127.0.0.1:9001\n")
    (listener,) = found.listeners
    assert [bind.address for bind in listener.binds] == ["*:80", "127.0.0.1:81"]
    assert listener.binds[1].tls
    assert [(route.pool, route.condition) for route in listener.routes] == [("web", None)]
    assert listener.maxconn == 100
    assert found.pools[0].name == "web"


def test_routes_keep_their_conditions_as_written() -> None:
    found = topology(
        'frontend f\n bind :80\n acl a path /x\n use_backend b if a || { hdr(Host) -i "x y" }\n use_backend %[hdr(Host)] unless a\n'
        " default_backend b\nbackend b\n"
    )
    assert [(route.pool, route.condition) for route in found.listeners[0].routes] == [
        ("b", 'if a || { hdr(Host) -i "x y" }'),
        ("%[hdr(Host)]", "unless a"),
        ("b", None),
    ]


def test_the_process() -> None:
    found = topology(
        "global\n maxconn 500\n nbthread 4\n pidfile /run/x.pid\n hard-stop-after 30s\n stats socket ipv4@127.0.0.1:99 level user\n"
        " stats socket /run/x.sock mode 600 level admin expose-fd listeners\n"
    )
    assert (found.maxconn, found.threads, found.pid_file, found.hard_stop_after) == (500, 4, "/run/x.pid", timedelta(seconds=30))
    assert [(s.address, s.level, s.mode, s.expose_listeners) for s in found.control_sockets] == [
        ("ipv4@127.0.0.1:99", "user", None, False),
        ("/run/x.sock", "admin", "600", True),
    ]


def test_a_password_goes_no_further() -> None:
    found = topology("global\n setenv SECRET hunter2\nlisten s\n bind :1\n mode http\n stats uri /s\n stats auth me:hunter2\n")
    assert found.listeners[0].stats_auth
    assert "hunter2" not in repr(found)


def test_a_disabled_pool_has_no_server_that_works() -> None:
    assert [s.role for s in pool("backend b\n server a :1\n disabled\n").servers] == ["disabled"]


def test_algorithms_with_their_arguments() -> None:
    for written, name, argument in (("hdr(X-User)", "hdr", "X-User"), ("random(2)", "random", "2"), ("uri depth 3", "uri", "depth 3")):
        algorithm = pool(f"backend b\n balance {written}\n hash-type consistent djb2 avalanche\n").algorithm
        assert (algorithm.name, algorithm.argument) == (name, argument)
        assert (algorithm.hash_method, algorithm.hash_function, algorithm.hash_modifier) == ("consistent", "djb2", "avalanche")


def test_several_documents_are_one_configuration_in_order() -> None:
    found = lower([parse("defaults\n mode http\n", "a.cfg", {}), parse("backend b\n server x :1\n", "b.cfg", {})])
    assert found.file == "a.cfg"
    assert found.pools[0].mode == "http"
    assert found.pools[0].servers[0].location.file == "b.cfg"


def test_a_keyword_of_a_later_version_is_said_to_be_one() -> None:
    text = "backend b\n server a 127.0.0.1:80 hash-key addr\n"
    assert "exists from HAProxy 3.0 on" in lower([parse(text, "x.cfg", {}, "2.8")], "2.8").could_not[0].reason
    assert lower([parse(text, "x.cfg", {}, "3.0")], "3.0").could_not == ()


LATER = """\
global
    stats-file /var/lib/haproxy/stats
    tune.h2.fe.rxbuf 64k
crt-store web
    load crt a.pem alias a
log-profile errors
    on error format "%ci"
defaults
    mode http
    option http-drop-request-trailers
    guid defaults-1
frontend http
    bind :80 guid-prefix http
    http-request set-fc-tos 2
    http-request pause 1s if { sc_glitch_rate(0) gt 10 }
    default_backend web
backend web
    balance sticky
    hash-preserve-affinity maxconn
    option accept-unsafe-violations-in-http-response
    server a 127.0.0.1:80 check init-state down strict-maxconn idle-ping 30s set-proxy-v2-tlv-fmt(0x20) %[fc_pp_tlv(0x20)]
"""


def test_without_a_version_keywords_of_later_ones_are_taken_as_they_stand() -> None:
    assert lower([parse(LATER, "x.cfg", {})]).could_not == ()
    assert lower([parse(LATER, "x.cfg", {}, "3.2")], "3.2").could_not == ()


def test_an_older_version_refuses_each_of_them_and_says_which_knows_it() -> None:
    lines = LATER.split("\n")
    refused = lower([parse(LATER, "x.cfg", {}, "2.8")], "2.8").could_not
    assert sorted({lines[entry.line - 1].split()[0] for entry in refused if entry.line}) == [
        *("balance", "bind", "crt-store", "guid", "hash-preserve-affinity", "http-request", "log-profile", "option", "server"),
        *("stats-file", "tune.h2.fe.rxbuf"),
    ]
    assert [lines[entry.line - 1].split()[1] for entry in refused if entry.line in (14, 15)] == ["set-fc-tos", "pause"]
    first = {found[1]: found[2] for entry in refused if (found := re.search(r"`([\w-]+)` exists from HAProxy (\d\.\d) on", entry.reason))}
    # HAProxy's announcements of 3.0, 3.1 and 3.2.
    known = {
        "crt-store": "3.0",
        "stats-file": "3.0",
        "guid": "3.0",
        "log-profile": "3.1",
        "init-state": "3.1",
        "hash-preserve-affinity": "3.2",
    }
    assert known.items() <= first.items()
    said = "\n".join(entry.reason for entry in refused)
    for words, since in (("http-request set-fc-tos", "2.9"), ("http-request pause", "3.1"), ("balance sticky", "3.0")):
        assert f"`{words}` exists from HAProxy {since} on: 2.8 refuses the line" in said


def test_a_fetch_a_converter_and_a_filter_of_a_later_version_are_said_to_be_one() -> None:
    text = "frontend f\n acl a sc_glitch_rate(0) gt 1\n acl b hdr(x),when(x) -m found\n filter comp-req\n acl c nonsense gt 1\n"
    reasons = [entry.reason for entry in lower([parse(text, "x.cfg", {}, "2.8")], "2.8").could_not]
    assert [reason[:40] for reason in reasons[:3]] == [
        "`sc_glitch_rate` exists from HAProxy 3.0",
        "`when` exists from HAProxy 3.1 on: 2.8 r",
        "`filter comp-req` exists from HAProxy 2.",
    ]
    assert "no such fetch" in reasons[3]


def test_what_the_installed_version_does_not_know_is_told_and_no_refusal() -> None:
    topology = lower([parse(LATER, "x.cfg", {}, "2.6.12")], None, "2.6.12")
    assert topology.could_not == ()
    found = {f.location.line: f for f in check([replace(topology, assumed="2.6.12")], Needs()) if f.rule == "directive-too-new"}
    assert {finding.severity for finding in found.values()} == {"info"}
    assert sorted(found) == [2, 3, 4, 6, 10, 11, 13, 14, 15, 18, 19, 20, 21]
    assert found[19].message == "`hash-preserve-affinity` needs HAProxy 3.2, this is 2.6.12"
    assert not [f for f in check([replace(topology, assumed="3.2.1")], Needs()) if f.rule == "directive-too-new"]


def test_the_default_algorithm_is_the_versions() -> None:
    text = "backend b\n server a 127.0.0.1:80\n server b 127.0.0.2:80\n"
    assert [lower([parse(text, "x.cfg", {}, v)], v).pools[0].algorithm.name for v in ("3.2", "3.3")] == ["roundrobin", "random"]


def test_what_was_removed_is_named_with_what_to_write_now_and_still_understood() -> None:
    text = "defaults\n contimeout 5000\n clitimeout 30s\n srvtimeout 30s\n redispatch\nbackend b\n reqirep ^A B\n server a 127.0.0.1:80\n"
    found = lower([parse(text, "x.cfg", {})])
    assert [entry.line for entry in found.could_not] == [2, 3, 4, 5, 7]
    assert found.could_not[0].reason == "`contimeout` was removed in 2.1: HAProxy refuses the line. Write `timeout connect`"
    assert "http-request replace-header" in found.could_not[4].reason
    pool = found.pools[0]
    assert (pool.timeouts.connect, pool.timeouts.server, pool.redispatch) == (timedelta(seconds=5), timedelta(seconds=30), True)
    with_old_names = lower([parse("backend b\n clitimeout never\n", "x.cfg", {})]).pools[0]
    assert with_old_names.timeouts.client is None


def test_an_address_behind_the_name_of_a_section_is_sent_to_a_bind_line() -> None:
    (refused,) = lower([parse("listen stats :1936\n stats enable\n", "x.cfg", {})]).could_not
    assert refused.line == 1 and "Write `bind :1936` on a line below" in refused.reason


def test_or_in_capitals_parts_two_conditions() -> None:
    found = pool("backend b\n acl a path /a\n acl b path /b\n http-request deny if a OR b\n server a 127.0.0.1:80\n")
    assert found.options["http-request"] == "deny if a OR b"


def test_an_address_whose_variable_has_no_value_stays_as_written() -> None:
    text = 'backend b\n server a $ONE:80\n server b "${TWO}:80"\n server c ${THREE}:80\n'
    found = lower([parse(text, "x.cfg", {"THREE": "10.0.0.3"})])
    assert [server.address for server in found.pools[0].servers] == ["$ONE:80", "${TWO}:80", "10.0.0.3:80"]
    assert sorted(entry.line or 0 for entry in found.could_not) == [2, 3]


def test_what_a_variable_without_a_value_says_is_unknown_and_the_rest_of_the_line_is_read() -> None:
    text = 'backend b\n timeout connect "${LONG}"\n server a 10.0.0.1:80 weight "${MUCH}" inter "${OFTEN}s" check\n'
    only = lower([parse(text, "x.cfg", {})]).pools[0]
    assert "timeout connect" in only.options and only.timeouts.connect is None
    assert (only.servers[0].weight, only.servers[0].check is not None, only.servers[0].options.get("weight")) == (1, True, None)


def test_servers_that_say_the_same_behind_their_address_have_each_their_own_places() -> None:
    """Lines that are alike are read once; what they say stands on their own line, what a default-server line says on that one."""
    text = """backend one
    default-server inter 5s
    server a 10.0.0.1:80 check weight 10 maxconn 5
    server bcd\t10.0.0.200:8080 check weight 10 maxconn 5
      server é-no 10.0.0.1:80 check weight 10 maxconn 5
    server e host-é:80 check weight 10 maxconn 5
    server "f" 10.0.0.1:80 check weight 10 maxconn 5
    default-server inter 7s
    server g 10.0.0.1:80 check weight 10 maxconn 5
backend two
    server a 10.0.0.1:80 check weight 10 maxconn 5
    disabled
"""
    first, second = (parse(text, name, {}) for name in ("x.cfg", "y.cfg"))
    read = lower([first, second])
    data = text.encode()
    lines = text.split("\n")
    for pool in read.pools:
        for server in pool.servers:
            told = {option: server.places[option] for option in server.options}
            written = {option: data[place.start : place.end].decode() for option, place in told.items()}
            inter = {"inter": "7s" if server.name == "g" else "5s"} if pool.name == "one" else {}
            assert written == {**inter, "check": "check", "weight": "10", "maxconn": "5"}
            assert all(lines[place.line - 1][place.column - 1 :].startswith(written[option]) for option, place in told.items())
            assert {place.file for place in told.values()} == {server.location.file} == {pool.location.file}
            assert {told[option].line for option in ("check", "weight", "maxconn")} == {server.location.line}
            assert (server.spots.weight, server.spots.maxconn) == (told["weight"], told["maxconn"])
            assert server.check is not None
            assert server.check.location == told["check"]
            assert server.check.interval == timedelta(seconds=7 if server.name == "g" else 5 if pool.name == "one" else 2)
    assert [[server.name for server in pool.servers] for pool in read.pools] == [["a", "bcd", "e", "f", "g"], ["a"]] * 2
    assert read.pools[1].servers[0].role == "disabled"
    assert all("is not a name that HAProxy accepts" in entry.reason for entry in read.could_not if entry.line == 5)


def _held(thing: object) -> list[Line]:
    """The lines that this keeps in memory."""
    seen, waiting = {id(thing): thing}, [thing]
    while waiting:
        for each in gc.get_referents(waiting.pop()):
            if id(each) not in seen and not isinstance(each, type):
                seen[id(each)] = each
                waiting.append(each)
    return sorted((each for each in seen.values() if isinstance(each, Line)), key=lambda line: line.number)


def test_a_topology_that_is_held_knows_its_places_without_the_lines() -> None:
    text = """backend one
    default-server inter 5s
    server a 10.0.0.1:80 check weight 10 maxconn 5
    server bcd 10.0.0.200:8080 check weight 10 maxconn 5
    server e host-é:80 check weight 10 maxconn 5
    server-template t 3 10.0.0.1:80 check weight 10
"""
    kept, read = topology(text), topology(text)
    for _ in range(2):
        settle(kept)
        for held, fresh in zip(kept.pools[0].servers, read.pools[0].servers, strict=True):
            assert dict(held.places) == dict(fresh.places)
    own = kept.pools[0].servers[1]
    # What keeps the text of a line is in reach of what is held: that of the first of those alike, and of one with other letters, alone.
    assert [line.raw.split()[1] for line in _held(own.places)] == ["inter", "a"]
    data, places = text.encode(), own.places
    assert {option: data[place.start : place.end] for option, place in places.items()} == {
        "inter": b"5s", "check": b"check", "weight": b"10", "maxconn": b"5"
    }  # fmt: skip
