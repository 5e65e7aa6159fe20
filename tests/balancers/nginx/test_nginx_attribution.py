"""Whose attempt a logged address was."""

from datetime import UTC, datetime

import pytest
from lowered_nginx import whole

from poise.balancers.nginx import ways
from poise.balancers.nginx.attribution import Attribution, Credited, NobodyLeft, Stranger, Undecided, names_to_resolve
from poise.balancers.nginx.counts import FIGURES
from poise.balancers.nginx.discovered import Discovered
from poise.balancers.nginx.figures import Figures
from poise.balancers.nginx.log_choice import choose
from poise.balancers.nginx.tally import DISAGREEING, Tally

TEXT = """
log_format l '$status $request_time "$host" "$proxy_host" "$upstream_addr" "$upstream_status" "$upstream_response_time"';
access_log /a l;
upstream web { server 10.0.0.1:80; server 10.0.0.2; server app.example:81; server unix:/run/a.sock; }
upstream API { server 10.0.0.1:80; server 10.0.0.3:80 weight=3; server 10.0.0.3:80; }
upstream moving { zone m 1m; server pods.example:80 resolve; }
server { listen 80; server_name shop.example; location / { proxy_pass http://web; } location /api { proxy_pass http://api; } }
server { listen 81; server_name other.example;
    location / { proxy_pass http://10.0.0.9; }
    location /p { proxy_pass http://10.0.0.8:8080/x/; } location /m { proxy_pass http://moving; } }
"""
TOPOLOGY = whole(TEXT, "1.31")
ALL = frozenset(pool.name for pool in TOPOLOGY.pools)
OWN = Attribution(TOPOLOGY, {"app.example:81": ("10.1.0.1:81", "[fd00::1]:81")})


def test_the_pools_name_decides_and_otherwise_the_address() -> None:
    assert OWN.target("10.0.0.1:80", "web", ALL) == Credited("web", ("10.0.0.1:80",))
    assert OWN.target("10.0.0.1:80", "api", ALL) == Credited("API", ("10.0.0.1:80",))
    assert OWN.target("10.0.0.2:80", "", ALL) == Credited("web", ("10.0.0.2",))
    assert OWN.target("10.0.0.1:80", "", ALL) == Undecided(("web", "API"))
    assert OWN.target("10.0.0.1:80", "", frozenset({"API"})) == Credited("API", ("10.0.0.1:80",))
    assert OWN.target("unix:/run/a.sock", "", ALL) == Credited("web", ("unix:/run/a.sock",))
    assert OWN.target("[fd00::1]:81", "web", ALL) == Credited("web", ("app.example:81",))
    assert OWN.target("10.0.0.3:80", "", ALL) == Credited("API", ("10.0.0.3:80", "10.0.0.3:80#2"))


def test_targets_that_name_their_one_server_themselves() -> None:
    # $proxy_host has the port unless it is the scheme's own (ngx_http_proxy_module).
    assert OWN.target("10.0.0.9:80", "10.0.0.9", ALL) == Credited("http://10.0.0.9", ("10.0.0.9:80",))
    assert OWN.target("10.0.0.8:8080", "10.0.0.8:8080", ALL) == Credited("http://10.0.0.8:8080/x/", ("10.0.0.8:8080",))


def test_names_of_pools_in_place_of_addresses_and_strangers() -> None:
    assert OWN.target("web", "web", ALL) == NobodyLeft("web")
    assert OWN.target("10.9.9.9:80", "web", ALL) == Stranger("10.9.9.9:80", "web")
    assert OWN.target("10.9.9.9:80", "moving", ALL) == Credited("moving", ("pods.example:80",)), "a name that only nginx could resolve"
    known = Attribution(TOPOLOGY, {"pods.example:80": ("10.2.0.1:80",)})
    assert known.target("10.9.9.9:80", "", ALL) == Stranger("10.9.9.9:80", "moving"), "the one pool whose servers come and go"
    assert names_to_resolve(TOPOLOGY) == ("app.example:81", "pods.example:80")


def test_attempts_of_one_request_are_of_one_pool() -> None:
    assert OWN.common(["10.0.0.1:80", "10.0.0.2:80"], ALL) == "web"
    assert OWN.common(["10.0.0.1:80"], ALL) == ""
    assert OWN.common(["10.0.0.1:80", "web"], ALL) == "web"
    assert OWN.shared(["web", "API"]) == {"10.0.0.1:80": ("web", "API")}


def tallied(*lines: str) -> Tally:
    [log] = choose(TOPOLOGY).logs
    found = log.reader.read(("\n".join(lines) + "\n").encode())
    assert not found.rejected
    tally = Tally(OWN)
    tally.add(found.rows, log)
    return tally


def test_counts_of_retries_fallbacks_and_leaving_clients() -> None:
    tally = tallied(
        *['200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "0.010"'] * 5,
        *['200 0.030 "shop.example" "web" "10.0.0.2:80" "200" "0.030"'] * 5,
        '200 0.110 "SHOP.example" "web" "10.0.0.1:80, 10.0.0.2:80" "502, 200" "0.100, 0.010"',
        '200 0.110 "shop.example" "api" "10.0.0.2:80 : 10.0.0.3:80" "500 : 200" "0.100 : 0.010"',
        '499 0.500 "shop.example" "web" "10.0.0.1:80" "-" "0.500"',
        '502 0.000 "unknown.example" "web" "web" "502" "0.000"',
        '404 0.000 "other.example" "-" "-" "-" "-"',
        '200 0.110 "shop.example" "web" "10.0.0.1:80, 10.0.0.2:80" "200" "0.100, 0.010"',
    )
    one, two = tally.servers["web/10.0.0.1:80"], tally.servers["web/10.0.0.2"]
    assert (one.requests, one.retries, one.aborts, one.errors_5xx, one.answered) == (2, 1, 1, 1, 1)
    assert (two.requests, two.errors_5xx, two.response_count) == (12, 1, 12)
    assert two.response_ms == pytest.approx(5 * 10 + 5 * 30 + 10 + 100)
    # By weight 3 to 1, as the pool has the address twice.
    assert (tally.servers["API/10.0.0.3:80"].requests, tally.servers["API/10.0.0.3:80#2"].requests) == (0.75, 0.25)
    assert (tally.pools["web"].requests, tally.pools["web"].nobody_left, tally.pools["web"].errors_5xx) == (14, 1, 2)
    assert (tally.pools["web"].retries, tally.pools["API"].requests) == (1, 1)
    assert {name: (heard.requests, heard.errors_5xx) for name, heard in tally.listeners.items()} == {
        "shop.example": (14, 0),
        "other.example": (1, 0),
    }
    assert tally.refused == 0
    refused = ('500 0.000 "shop.example" "web" "" "-" "0.000"', '500 0.000 "shop.example" "-" "-" "-" "-"')
    assert tallied(*refused, refused[0]).refused == 2
    assert (tally.unheard, tally.lines, tally.rejected[DISAGREEING]) == (1, 16, 1)


def test_figures_that_are_none_are_counted_as_such() -> None:
    nines = "9" * 400
    tally = tallied(
        f'200 0.010 "shop.example" "web" "10.0.0.2:80" "{"2" * 5000}" "0.010"',
        f'200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "{nines}.000"',
        f'200 {nines}.000 "shop.example" "web" "10.0.0.2:80" "200" "0.010"',
        '200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "1.2.3"',
        '200 0.010 "shop.example" "web" "10.0.0.2:80" "2.5" "-0.010"',
    )
    assert tally.rejected[DISAGREEING] == 4
    two = tally.servers["web/10.0.0.2"]
    assert (two.requests, two.response_ms) == (1, 10)
    assert max(float(times.max()) for times in tally.listeners["shop.example"].times) == 3e7


def test_a_look_forgets_times_and_keeps_counts() -> None:
    tally = tallied('200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "0.010"')
    tally.begin()
    two = tally.servers["web/10.0.0.2"]
    assert (two.requests, two.answered, two.response_count) == (1, 0, 0)
    assert tally.listeners["shop.example"].times == []


def test_servers_that_no_file_names_are_forgotten_when_they_get_nothing() -> None:
    tally = tallied('200 0.010 "shop.example" "web" "10.9.9.9:80" "200" "0.010"')
    found = Discovered()
    found.look(0.0, tally, TOPOLOGY)
    assert [(pool, each.name, each.address) for pool, each in found.of(("web",))] == [("web", "web/10.9.9.9:80", "10.9.9.9:80")]
    assert found.of(("API",)) == ()
    tally.begin()
    found.look(299.0, tally, TOPOLOGY)
    assert len(found.of(("web",))) == 1
    found.look(300.0, tally, TOPOLOGY)
    assert found.of(("web",)) == ()


def test_up_and_down_as_the_passive_check_has_it() -> None:
    ok, failed = '200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "0.010"', '502 0.010 "shop.example" "web" "10.0.0.2:80" "502" "0.010"'
    other = ok.replace("0.2:80", "0.1:80")
    text = TEXT.replace('"$upstream_response_time"', '"$upstream_response_time" "$upstream_header_time"')
    topology = whole(text, "1.31")
    [log] = choose(topology).logs
    figures = Figures(topology, "lb1", ("web",), True)
    tally = Tally(Attribution(topology))

    def look(*lines: str) -> float:
        tally.begin()
        block = "".join(f'{line} "{"-" if "502" in line else "0.001"}"\n' for line in lines)
        tally.add(log.reader.read(block.encode()).rows, log)
        servers = figures.blocks(tally, datetime(2026, 11, 27, tzinfo=UTC), 1.0, topology)[0]
        column = servers.column("up")
        assert column is not None
        return float(column[servers.components.index("web/10.0.0.2")])

    assert [look(), look(ok), look(failed), look(), look(other), look(ok)] == [1, 1, 0, 0, 0, 1]
    # Both in one look: the next one tells which came last.
    assert [look(ok, failed, other), look(), look(other), look(other, ok)] == [1, 1, 0, 1]
    assert [look(ok, failed, other), look(ok, other), look(other)] == [1, 1, 1]


def test_lines_are_counted_alike_with_and_without_ways_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        *[f'200 0.0{number}0 "shop.example" "web" "10.0.0.{1 + number % 2}:80" "200" "0.0{number}0"' for number in range(1, 9)],
        '503 0.010 "shop.example" "web" "10.0.0.2:80" "503" "0.010"',
        '503 0.010 "shop.example" "web" "10.0.0.2:80" "503" "-"',
        '200 0.110 "shop.example" "web" "10.0.0.1:80, 10.0.0.2:80" "502, 200" "0.100, 0.010"',
        '404 0.000 "other.example" "-" "-" "-" "-"',
        '500 0.000 "unknown.example" "-" "-" "-" "-"',
        '200 0.010 "shop.example" "api" "10.0.0.3:80" "200" "0.010"',
    ]

    def told(tally: Tally) -> object:
        heard = {
            name: (each.requests, each.errors_5xx, each.last_errors, sorted(time for times in each.times for time in times.tolist()))
            for name, each in tally.listeners.items()
        }
        # Sums in another order differ in their last bits.
        tables = [
            {name: [round(getattr(counts[name], figure), 6) for figure in FIGURES] for name in sorted(counts)}
            for counts in (tally.servers, tally.pools)
        ]
        return tables, heard, tally.unheard, tally.attempts, tally.lines

    kept = told(tallied(*lines, *lines))
    monkeypatch.setattr(ways.Ways, "_find", lambda *_: None)
    assert told(tallied(*lines, *lines)) == kept
    assert tallied(*lines).servers["web/10.0.0.2"].response_ms == pytest.approx(30 + 70 + 10 + 10 + 50 + 10)
    monkeypatch.undo()
    monkeypatch.setattr(ways, "MOST_WAYS", 2)
    assert told(tallied(*lines, *lines)) == kept


def test_any_number_of_servers_that_no_file_names_is_counted() -> None:
    """A table grows with the names that are met, whoever meets them first."""
    addresses = [f"192.0.2.{number}:80" for number in range(100)]
    tally = tallied(*[f'200 0.010 "shop.example" "web" "{address}" "200" "0.010"' for address in addresses])
    assert {address: tally.servers[f"web/{address}"].requests for address in addresses} == dict.fromkeys(addresses, 1.0)


def test_an_address_of_many_pools_is_held_by_all_of_them_in_order() -> None:
    pools = [f"p{number}" for number in range(2000)]
    found = Attribution(whole("".join(f"upstream {pool} {{ server 127.0.0.1:80; server 127.0.0.1:80 backup; }}\n" for pool in pools)))
    assert found.shared(pools) == {"127.0.0.1:80": tuple(pools)}
    assert found.target("127.0.0.1:80", "p1999", frozenset()) == Credited("p1999", ("127.0.0.1:80", "127.0.0.1:80#2"))
    assert found.target("127.0.0.1:80", "", frozenset(["p7"])) == Credited("p7", ("127.0.0.1:80", "127.0.0.1:80#2"))


def test_what_is_known_of_a_log_goes_when_it_is_no_longer_read() -> None:
    """Each reload brings other logs, though the files and what their names resolve to stay."""
    tally, logs = Tally(OWN), []
    for _ in range(5):
        [log] = choose(TOPOLOGY).logs
        logs.append(log)
        tally.begin()
        tally.add(log.reader.read(b'200 0.010 "shop.example" "web" "10.0.0.2:80" "200" "0.010"\n').rows, log)
        assert [ways.log for ways in tally._ways.values()][-1] is log and len(tally._ways) <= 2
    assert tally.servers["web/10.0.0.2"].requests == 5
