"""Where nobody looked a fault stays possible, and whoever could have looked is not guessed of."""

from poise.faults import FAULTS, server_down
from poise.faults.looked import UNLOOKED, looked
from poise.faults.sign import Observation, Sign
from poise.model.location import Location
from poise.model.sample import Component, Stack
from poise.model.topology import Algorithm, Pool, Topology

STACK = Stack(
    (
        Component("client", "client"),
        Component("lb1", "load-balancer"),
        Component("http", "listener"),
        Component("web", "pool"),
        Component("api", "pool"),
        Component("idle", "pool"),
        Component("web/a", "server"),
        Component("api/b", "server"),
        Component("lb→a", "hop"),
        Component("main", "database"),
    ),
    (("web", "web/a"), ("api", "api/b")),
)


def observed(*signs: tuple[str, str, float], topologies: tuple[Topology, ...] = ()) -> Observation:
    found: dict[str, dict[str, Sign]] = {}
    for name, component, degree in signs:
        found.setdefault(name, {})[component] = Sign(name, component, name, 0, 1, degree, "test")
    return Observation(found, STACK, topologies=topologies)


def test_each_pool_that_was_measured() -> None:
    assert looked(observed(("retries", "web", 0.1), ("retries", "api", 0.9)), "retries") == [("web", 0.0), ("api", 0.0)]


def test_else_the_one_that_strays_most_of_those_that_have_servers() -> None:
    assert looked(observed(("shares", "api", 0.9), ("shares", "web", 0.2), ("pool queue", "idle", 1.0)), "retries") == [("api", UNLOOKED)]
    assert looked(observed(), "retries") == [("web", UNLOOKED)]


def test_what_a_configuration_would_say_is_not_guessed_where_it_was_read() -> None:
    place = Location("haproxy.cfg", 1, 1)
    read = Topology("haproxy", "haproxy.cfg", pools=(Pool("web", "haproxy", "http", Algorithm("roundrobin"), (), place),))
    assert looked(observed(topologies=(read,)), "hash pins", written=True) == [("api", UNLOOKED)]
    assert looked(observed(topologies=(read,)), "hash pins") == [("web", UNLOOKED)]


def test_a_server_that_is_down_is_as_possible_without_states_but_for_the_prior() -> None:
    quiet = ("client errors", "client", 1.0), ("applications silent", "web", 0.97)
    without, known = (next(iter(server_down.weigh(observed(*quiet, *more)))) for more in ((), (("servers down", "web", 0.5),)))
    assert (without.component, known.component) == ("pool web", "pool web")
    assert abs(known.bits - without.bits + UNLOOKED) < 1e-9


def test_every_layer_keeps_a_candidate_where_only_clients_were_asked() -> None:
    weighed = [h for unit in FAULTS for h in unit.weigh(observed(("client errors", "client", 0.9), ("client latency", "client", 0.9)))]
    assert {h.layer for h in weighed} == {"load-balancer", "application", "database", "network", "demand", "outside", "none"}
