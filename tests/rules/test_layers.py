"""Rules about two layers and about a change: which pairs they are asked about."""

from collections.abc import Iterable

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.chain import Chain
from poise.model.change import Change
from poise.model.finding import Finding
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.rules.engine import judge
from poise.rules.layers import MOST_GUESSES, MOST_OF_ONE, chains, changes
from poise.rules.rule import Rule


def read(text: str, file: str = "a.cfg") -> Topology:
    return lower([parse(text, file)])


def front(*addresses: str) -> Topology:
    return read("backend web\n" + "".join(f"    server s{i} {address}\n" for i, address in enumerate(addresses, 1)), "front.cfg")


def back(*binds: str, name: str = "inner", file: str = "back.cfg") -> Topology:
    return read(f"frontend {name}\n" + "".join(f"    bind {bind}\n" for bind in binds) + "    default_backend x\n", file)


def linked(*topologies: Topology) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    return [
        (c.pool.name, c.back.file, [(link.server.name, listener.name, link.certain) for link in c.links for listener, _ in link.ends])
        for c in chains(topologies)
    ]


def test_an_equal_address_is_a_certain_link() -> None:
    assert linked(front("10.0.0.1:80", "10.0.0.2:80"), back("10.0.0.1:80")) == [("web", "back.cfg", [("s1", "inner", True)])]


def test_a_loopback_server_meets_loopback_and_wildcard() -> None:
    assert linked(front("127.0.0.1:80"), back("*:80")) == [("web", "back.cfg", [("s1", "inner", True)])]
    assert linked(front("127.0.0.1:80"), back("127.0.0.2:80")) == [("web", "back.cfg", [("s1", "inner", True)])]
    assert linked(front("localhost:80"), back("127.0.0.1:80")) == [("web", "back.cfg", [("s1", "inner", True)])]


def test_a_wildcard_on_another_machine_is_a_guess() -> None:
    assert linked(front("10.0.0.1:80", "web-2:80"), back("*:80")) == [("web", "back.cfg", [("s1", "inner", False), ("s2", "inner", False)])]


def test_another_port_or_address_is_no_link() -> None:
    assert linked(front("10.0.0.1:80"), back("*:81"), back("10.0.0.2:80")) == []


def test_a_socket_is_its_path() -> None:
    assert linked(front("unix@/run/x.sock"), back("/run/x.sock")) == [("web", "back.cfg", [("s1", "inner", True)])]


def test_within_one_file_only_addresses_that_agree_count() -> None:
    both = (
        "backend web\n    server s1 127.0.0.1:8443\n    server s2 10.0.0.9:8443\nfrontend inner\n    bind :8443\n    default_backend web\n"
    )
    assert linked(read(both)) == [("web", "a.cfg", [("s1", "inner", True)])]


def test_where_everything_listens_on_the_port_it_tells_nothing() -> None:
    many = [back("*:80", file=f"{i}.cfg") for i in range(MOST_GUESSES + 1)]
    assert linked(front("10.0.0.1:80"), *many) == []
    assert len(linked(front("10.0.0.1:80"), *many[1:])) == MOST_GUESSES


def test_where_many_pools_have_servers_at_the_port_it_tells_nothing_either() -> None:
    pools = "".join(f"backend p{i}\n    server s 10.0.0.{i}:80\n" for i in range(MOST_GUESSES))
    assert len(linked(read(pools), back("*:80"))) == MOST_GUESSES
    assert linked(read(f"{pools}backend more\n    server s 10.0.1.1:80\n"), back("*:80")) == []


def test_many_pools_of_one_address_are_asked_about_often_enough() -> None:
    pools = "".join(f"backend p{i}\n    server s 127.0.0.1:80\n" for i in range(MOST_OF_ONE + 10))
    assert len(linked(read(pools), back("127.0.0.1:80"))) == MOST_OF_ONE


def test_many_listeners_and_servers_on_one_port_stay_linear() -> None:
    servers = front(*("10.0.0.1:80" for _ in range(3000)))
    listeners = read("".join(f"frontend f{i}\n    bind *:80\n    default_backend x\n" for i in range(3000)), "back.cfg")
    (chain,) = chains([servers, listeners])
    assert (len(chain.links), len(chain.listeners)) == (3000, 3000)
    assert len({id(link.ends) for link in chain.links}) == 1


def rule(name: str, subject: type[Change] | type[Chain], products: tuple[str, ...] = ("haproxy",)) -> Rule:
    def check(seen: Change | Chain, topology: Topology, needs: Needs) -> Iterable[Finding]:
        place = seen.after.pools[0].location if isinstance(seen, Change) else seen.pool.location
        yield made.found(topology, place, "seen", "why", "remedy")

    made = Rule(name, None, "info", "high", subject, check, None, products, "a test")
    return made


def test_the_engine_asks_about_chains_of_products_that_the_rule_names() -> None:
    pair = [front("10.0.0.1:80"), back("10.0.0.1:80")]
    found = judge(pair, Needs(), [rule("chained", Chain), rule("other", Chain, ("nginx",))]).findings
    assert [(f.rule, f.location.file) for f in found] == [("chained", "front.cfg")]


def test_the_engine_asks_about_a_change_only_where_there_was_something_before() -> None:
    now = [front("10.0.0.1:80")]
    assert judge(now, Needs(), [rule("changed", Change)]).findings == ()
    assert [f.rule for f in judge(now, Needs(), [rule("changed", Change)], before=[front("10.0.0.2:80")]).findings] == ["changed"]


def test_configurations_are_paired_by_what_they_hold_then_by_name() -> None:
    a, b = read("backend a\n    server x 1.1.1.1:1\n", "old/1.cfg"), read("backend b\n    server x 1.1.1.1:1\n", "old/2.cfg")
    a2, b2 = read("backend a\n    server y 1.1.1.1:1\n", "new/2.cfg"), read("backend b\n    server y 1.1.1.1:1\n", "new/3.cfg")
    new = read("backend c\n    server y 1.1.1.1:1\n", "new/4.cfg")
    assert [(c.before.file, c.after.file) for c in changes([a, b], [a2, b2, new])] == [
        ("old/1.cfg", "new/2.cfg"),
        ("old/2.cfg", "new/3.cfg"),
    ]
    assert [c.before for c in changes([a], [new])] == [a]
