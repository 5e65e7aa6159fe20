"""Changes that are told where no server of a pool changes: routes that name another pool, localities that weigh more now."""

from pathlib import Path

import pytest
from envoy_files import bootstrap, cluster, group, host, http_listener, route
from haproxy_twins import DEFAULTS
from rule_examples import FILES, read
from tests.work import steps

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.change import Change
from poise.model.needs import Needs
from poise.rules import RULES
from poise.rules.changes.repointed import _mapped, repointed
from poise.rules.engine import judge

Told = list[tuple[str, str, str]]


def told(product: str, before: str, after: str, folder: Path, rule: str = "route-share-moves") -> Told:
    """Severity, the text of the line, and the message of each finding of the rule."""
    sides = []
    for name, text in (("old", before), ("new", after)):
        file = folder / f"{name}-{FILES[product]}"
        file.write_text(text)
        topologies, could_not = read(product, file)
        assert not could_not
        sides.append(topologies)
    rules = [each for each in RULES if each.subject is Change]
    found = [f for f in judge(sides[1], Needs(), rules, before=sides[0]).findings if f.rule == rule]
    return [(f.severity, after.split("\n")[f.location.line - 1].strip(), f.message) for f in found]


def backend(name: str, *weights: int, net: int = 0, words: str = "check") -> str:
    lines = (f"    server {name}{i} 10.0.{net}.{i}:80 {words} weight {weight}\n" for i, weight in enumerate(weights, 1))
    return f"backend {name}\n" + "".join(lines)


def front(*lines: str) -> str:
    return DEFAULTS + "frontend edge\n    bind :80\n    acl partner hdr(host) -i p.example\n" + "".join(f"    {line}\n" for line in lines)


SIX, TWO = backend("public", *6 * (10,)), backend("few", 1, 1, net=1)
PARTNERS = "use_backend few if partner"


def test_a_default_for_few_servers_is_told_at_its_line(tmp_path: Path) -> None:
    before = front(PARTNERS, "default_backend public") + SIX + TWO
    after = front(PARTNERS, "default_backend few") + SIX + TWO
    message = "the change sends edge's requests to few instead of public: to 2 servers instead of 6 servers"
    assert told("haproxy", before, after, tmp_path) == [("warning", "default_backend few", message)]
    # The way back is no harm.
    ((severity, line, _),) = told("haproxy", after, before, tmp_path)
    assert (severity, line) == ("info", "default_backend public")


def test_a_condition_that_names_another_pool_is_told_too(tmp_path: Path) -> None:
    before, after = (front(f"use_backend {name} if partner", "default_backend public") + SIX + TWO for name in ("public", "few"))
    ((severity, line, message),) = told("haproxy", before, after, tmp_path)
    assert (severity, line) == ("warning", PARTNERS)
    assert "edge's requests `if partner` to few" in message


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        ((1, 1, 1), (1, 1), "warning"),  # a third becomes a half
        ((1, 1, 1, 1), (1, 1, 1), "info"),
        ((1, 1), (1, 1), "info"),
        ((100, 100), (1, 1), "info"),
        # Three servers, of which one gets eight tenths.
        ((1, 1, 1), (8, 1, 1), "warning"),
        ((8, 1, 1), (1, 1, 1), "info"),
        # A server of weight 0 carries nothing.
        ((1, 1, 1), (1, 1, 0), "warning"),
    ],
)
def test_weights_say_what_a_server_must_carry(one: tuple[int, ...], other: tuple[int, ...], severity: str, tmp_path: Path) -> None:
    pools = backend("blue", *one) + backend("green", *other, net=1)
    before, after = (front(f"default_backend {name}") + pools for name in ("blue", "green"))
    assert [found[0] for found in told("haproxy", before, after, tmp_path)] == [severity]


def test_each_server_of_the_two_pools_is_looked_at_a_few_times(tmp_path: Path) -> None:
    def work(servers: int) -> int:
        pools = backend("blue", *servers * (1,)) + backend("green", *servers * (1,), net=1)
        before, after = (lower([parse(front(f"default_backend {name}") + pools, name)]) for name in ("blue", "green"))
        return steps(lambda: list(repointed(Change(before, after))))

    assert work(400) < 3 * work(200)


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("a.example / (map $http_x $pool: v1, v2)", ("a.example / (map $http_x $pool: ", "pool", "v1, v2")),
        ("/x(map y) (map $a$b $pool: v1)", ("/x(map y) (map $a$b $pool: ", "pool", "v1")),
        ("/ (map $a $pool: ~^$b: c)", ("/ (map $a $pool: ", "pool", "~^$b: c")),
        ("/ (split_clients $a $pool: 10%)", None),
        ("/ (map $a $pool: v1) more", None),
        ("/(map $a ", None),
        ("(map $a " * 100_000 + ")", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_route_tells_which_entries_of_a_map_it_is_for(condition: str, parts: tuple[str, str, str] | None) -> None:
    assert _mapped(condition) == parts


def nginx(pool: str, more: str = "", few: str = "server 10.0.1.1:80;") -> str:
    main = "upstream main { server 10.0.0.1:80; server 10.0.0.2:80; server 10.0.0.3:80; }\n"
    return f"{main}upstream few {{ {few} }}\n{more}server {{\n listen 80;\n location / {{\n  proxy_pass http://{pool};\n }}\n}}\n"


def versions(pool: str) -> str:
    return nginx("$pool", f"map $http_x_version $pool {{\n v3 {pool};\n default main;\n}}\n")


def envoy(pool: str) -> str:
    pools = cluster(group(host(1), host(2), host(3)), name="main"), cluster(group(host(4)), group(host(5), more="priority: 1"), name="few")
    listener = http_listener(route("cluster: few", match="prefix: /p"), f"\n                {route(f'cluster: {pool}')}")
    return bootstrap(*pools, listeners=(listener,))


WARNED: dict[str, tuple[str, str, str, str]] = {
    "nginx, proxy_pass": ("nginx", nginx("main"), nginx("few"), "proxy_pass http://few;"),
    "nginx, one server by its address": ("nginx", nginx("main"), nginx("10.0.0.9:80"), "proxy_pass http://10.0.0.9:80;"),
    "nginx, an entry of a map": ("nginx", versions("main"), versions("few"), "v3 few;"),
    "Envoy, a host at standby does not count": ("envoy", envoy("main"), envoy("few"), "cluster: few"),
}


@pytest.mark.parametrize("name", WARNED)
def test_other_products_name_pools_elsewhere(name: str, tmp_path: Path) -> None:
    product, before, after, place = WARNED[name]
    ((severity, line, message),) = told(product, before, after, tmp_path)
    assert (severity, "to 1 server instead of 3 servers" in message) == ("warning", True)
    assert place in line


HARMLESS: dict[str, tuple[str, str, str]] = {
    "another name": ("haproxy", front("default_backend a") + backend("a", 1, 1), front("default_backend b") + backend("b", 1, 1)),
    "another name and a server more": (
        "haproxy",
        front("default_backend a") + backend("a", 1, 1),
        front("default_backend b") + backend("b", 1, 1, 1),
    ),
    "a name that was there for the same servers": (
        "haproxy",
        front("default_backend a") + backend("a", 1, 1) + backend("b", 1, 1),
        front("default_backend b") + backend("a", 1, 1) + backend("b", 1, 1),
    ),
    "a page without servers": (
        "haproxy",
        front("default_backend a") + backend("a", 1, 1),
        front("default_backend b") + backend("a", 1, 1) + "backend b\n    http-request return status 503\n",
    ),
    "a path behind the same servers": ("nginx", nginx("main"), nginx("main/v2/")),
    "how many a name stands for is not known": ("nginx", nginx("main"), nginx("app.internal")),
}


def test_what_chance_moves_is_told_by_its_parts(tmp_path: Path) -> None:
    draw, pools = "use_backend {} if {{ rand(100) lt 5 }}", SIX + TWO + backend("other", 1, 1, 1, net=2)
    before = front(draw.format("few"), "default_backend public") + pools
    ((_, line, message),) = told("haproxy", before, front(draw.format("public"), "default_backend few") + pools, tmp_path)
    assert line == "default_backend few"
    assert "from 5.0 % to 95.0 %" in message
    # A pool that had no part in it is another matter.
    ((severity, line, _),) = told("haproxy", before, front(draw.format("few"), "default_backend other") + pools, tmp_path)
    assert (severity, line) == ("warning", "default_backend other")


@pytest.mark.parametrize("name", HARMLESS)
def test_what_moves_no_traffic_is_silent(name: str, tmp_path: Path) -> None:
    product, before, after = HARMLESS[name]
    assert told(product, before, after, tmp_path) == []


def test_a_locality_that_is_given_nearly_all(tmp_path: Path) -> None:
    # No server's weight, role or priority changes.
    def zones(one: int, other: int) -> str:
        groups = (
            group(host(number), more=f"load_balancing_weight: {weight},\n        locality: {{zone: z{number}}}")
            for number, weight in ((1, one), (2, other))
        )
        return bootstrap(cluster(*groups, settings="common_lb_config: {locality_weighted_lb_config: {}}"))

    ((severity, line, message),) = told("envoy", zones(50, 50), zones(90, 10), tmp_path, "share-grows")
    assert (severity, "from 50.0 % to 90.0 %" in message) == ("warning", True)
    assert line.endswith("load_balancing_weight: 90,")
    assert told("envoy", zones(50, 50), zones(5, 5), tmp_path, "share-grows") == []


def ring(first: int, second: int) -> str:
    spare = group(*(host(number) for number in range(11, 11 + second)), more="priority: 1")
    pool = cluster(group(*(host(number) for number in range(1, first + 1))), spare, settings="lb_policy: RING_HASH")
    return bootstrap(pool, listeners=(http_listener(route("cluster: web")),))


def test_the_ring_that_clients_are_on_is_that_of_the_first_priority(tmp_path: Path) -> None:
    assert told("envoy", ring(4, 2), ring(4, 3), tmp_path, "hash-reshuffled") == []
    ((_, line, message),) = told("envoy", ring(4, 2), ring(3, 2), tmp_path, "hash-reshuffled")
    assert "RING_HASH" in line
    assert "the change of web's hosts (4 to 3)" in message


@pytest.mark.parametrize(
    ("before", "after", "moving"),
    [
        ((1, 1), (1, 1), "about 50.0 %"),
        # One of three is taken out with the same change: of the keys that it had none can stay.
        ((1, 1, 1), (1, 1), "about 66.7 %"),
        ((9, 1), (9, 1), "about 18.0 %"),
    ],
)
def test_another_hash_moves_as_many_keys_as_two_that_agree_by_chance(
    before: tuple[int, ...], after: tuple[int, ...], moving: str, tmp_path: Path
) -> None:
    old, new = (
        DEFAULTS + backend("cache", *weights).replace("\n", f"\n    balance {how}\n    hash-type consistent\n", 1)
        for weights, how in ((before, "uri"), (after, "source"))
    )
    ((_, _, message),) = told("haproxy", old, new, tmp_path, "hash-changed")
    assert message == f"cache hashes by `source consistent` instead of `uri consistent`: {moving} of its keys get another server"


def test_of_hosts_that_no_file_lists_almost_all_keys_move(tmp_path: Path) -> None:
    old, new = (
        f"static_resources: {{clusters: [{{name: c, lb_policy: {name}, load_assignment: {{cluster_name: c}}}}]}}\n"
        for name in ("RING_HASH", "MAGLEV")
    )
    ((_, _, message),) = told("envoy", old, new, tmp_path, "hash-changed")
    assert message.endswith(": almost all of its keys get another server")
