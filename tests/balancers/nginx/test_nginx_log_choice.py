"""Which logs are read, and what is said of what they do not tell."""

from pathlib import Path

import pytest
from lowered_nginx import whole

from poise.balancers.nginx.log_choice import ADVISED, choose, overridden
from poise.model.topology import Topology

FULL = (
    'log_format full \'$status $request_time "$server_name" "$proxy_host" "$upstream_addr" "$upstream_status" '
    '"$upstream_response_time" "$upstream_connect_time"\';\n'
)
POOLS = "upstream web { server 127.0.0.1:9001; server 127.0.0.1:9002; }\n"


def server(logs: str, name: str = "shop", port: int = 80) -> str:
    return f"server {{ listen {port}; server_name {name}; {logs} location / {{ proxy_pass http://web; }} }}\n"


def told(topology: Topology) -> str:
    return "\n".join(f"{entry.line}: {entry.reason}" for entry in choose(topology).could_not)


def chosen(topology: Topology) -> list[str]:
    return [each.log.target for each in choose(topology).logs]


def test_of_several_logs_of_a_request_one_is_read_that_tells_most() -> None:
    text = FULL + POOLS + server("access_log /a; access_log /b full if=$x; access_log /c full; access_log syslog:server=127.0.0.1 full;")
    assert chosen(whole(text)) == ["/c"] and told(whole(text)) == ""
    two = server("access_log /a; access_log /c full;") + server("access_log /c full;", "other", 81)
    [log] = choose(whole(FULL + POOLS + two)).logs
    assert log.log.target == "/c" and log.listeners == ("shop", "other")


def test_where_one_log_serves_both_no_request_is_read_twice() -> None:
    text = FULL + POOLS + server("access_log /a full;") + server("access_log /a full; access_log /b full;", "other", 81)
    assert chosen(whole(text)) == ["/a"]


def test_listeners_that_share_a_log_without_names() -> None:
    text = FULL.replace('"$server_name" ', "") + POOLS + server("access_log /a full;") + server("access_log /a full;", "other", 81)
    assert "has no $server_name: the requests of listeners shop, other cannot be told apart" in told(whole(text))


def test_formats_that_share_a_log_are_told_apart() -> None:
    both = server("access_log /a full;") + server("access_log /a; access_log /b full;", "other", 81)
    choice = choose(whole(FULL + POOLS + both))
    assert [(log.log.target, log.listeners, len(log.passed)) for log in choice.logs] == [("/a", ("shop",), 1), ("/b", ("other",), 0)]
    two = server("access_log /a full;") + server("access_log /a;", "other", 81)
    choice = choose(whole(FULL + POOLS + two))
    assert [(log.log.target, log.listeners, len(log.passed)) for log in choice.logs] == [("/a", ("shop",), 0), ("/a", ("other",), 0)]


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ("access_log off;", ("`access_log off`", "requests to pool web of shop are not seen", "log_format poise", "$upstream_addr")),
        ("access_log /a;", ("log_format `combined` has no $upstream_addr", "no shares", "log_format poise")),
        ("access_log /a short;", ("does not tell of each server's errors ($upstream_status)", "failed connections")),
        ("access_log /a full buffer=64k;", ("`buffer=64k` without `flush`", "figures are late", "flush=1s")),
        ("access_log /a full buffer=64k flush=1s;", ()),
        ("access_log /a full if=$sampled;", ("`if=$sampled`", "only a part")),
        ("access_log /a full gzip;", ("written compressed", "are not seen")),
        ("access_log /a$host full;", ("its path holds a variable",)),
        ("access_log /dev/stdout full;", ("it goes to a device", "access_log /var/log/nginx/poise.log poise;")),
        ("access_log /a broken;", ("several lines",)),
    ],
)
def test_what_is_not_seen_is_told_with_the_remedy(logs: str, words: tuple[str, ...]) -> None:
    formats = FULL + "log_format short '$upstream_addr';\nlog_format broken \"$status\n$request\";\n"
    said = told(whole(formats + POOLS + server(logs)))
    assert all(word in said for word in words), said
    assert bool(words) is bool(said)


def test_the_log_that_nginx_is_built_with() -> None:
    topology = whole(POOLS + server(""))
    assert chosen(topology) == [""] and "log_format `combined` has no $upstream_addr" in told(topology)


def test_a_log_that_somebody_names() -> None:
    topology = whole(FULL + POOLS + server("access_log /a full;"))
    [log] = overridden(topology, "/elsewhere", None).logs
    assert (log.log.target, log.log.format and log.log.format.name, log.pools) == ("/elsewhere", "full", ("web",))
    [log] = overridden(topology, "/x", "full").logs
    assert log.log.format is not None and log.log.format.name == "full"
    [log] = overridden(topology, "/x", 'escape=json {"a":"$upstream_addr"}').logs
    assert log.reader.fields == ("upstream_addr",) and log.reader.doubtful == []


def test_the_how_to_shows_the_advised_format() -> None:
    page = (Path(__file__).parents[3] / "docs/how-to/watch-nginx.md").read_text()
    shown = page[page.index("log_format poise") :].partition(";")[0]
    [log] = choose(whole(f"{shown}; {POOLS}{server('access_log /a poise;')}")).logs
    [advised] = choose(whole(f"{ADVISED} {POOLS}{server('access_log /a poise;')}")).logs
    assert log.log.format is not None and advised.log.format is not None
    assert log.log.format.template == advised.log.format.template
    assert log.reader.doubtful == [] and log.tells_failures and log.names_pools
    assert "access_log /var/log/nginx/poise.log poise buffer=64k flush=1s;" in page
