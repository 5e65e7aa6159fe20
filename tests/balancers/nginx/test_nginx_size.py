"""Work grows with the length of the text and not faster, whatever the text is."""

from collections.abc import Callable

import pytest
from tests.work import steps

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.lower import lower
from poise.balancers.nginx.syntax import parse, recognise, unparse
from poise.model.topology import Topology


def nothing(pattern: str, from_file: str) -> str:
    return f"{pattern} is not there"


def read(text: str) -> Topology:
    return lower(assemble("x.conf", text, nothing))


SHAPES: dict[str, Callable[[int], str]] = {
    "one long word": lambda n: "env " + "a" * 20 * n + ";",
    "many words in one directive": lambda n: "env " + "ab " * 6 * n + ";",
    "many directives on one line": lambda n: "env a; " * 3 * n,
    "quotes that are never closed": lambda n: ("env 'a;\n" + 'env "b;\n') * n,
    "quotes and escapes": lambda n: 'env "a\\"b" \'c\';\n' * n,
    "braces too many": lambda n: "}" * 5 * n,
    "blocks without names": lambda n: "{ " * 5 * n,
    "dollars": lambda n: "env " + "$" * 20 * n + ";",
    "letters of two bytes": lambda n: "env " + "é;\nenv ß;" * 2 * n,
    "comments": lambda n: "# a comment of some length\n" * n,
    "nested blocks": lambda n: "location /a {" * n + "}" * n,
    "nested conditions": lambda n: "if ($a) {" * n + "}" * n,
    "long brackets of Lua": lambda n: "content_by_lua_block { " + "a = [[ ]] [==[ ]==] " * n + "}",
    "long brackets that are never closed": lambda n: "content_by_lua_block { a = [[ }\n" * n,
    "unknown names": lambda n: "".join(f"unknown_{i} on;\n" for i in range(n)),
    "settings that nobody knows, nested": lambda n: "".join(f"location /a {{ proxy_unknown_{i} on;" for i in range(n)) + "}" * n,
    "many names and many locations": lambda n: (
        f"server {{ server_name {' '.join(f'a{i}.example' for i in range(n))};\n"
        + "".join(f"location /{i} {{ proxy_pass http://10.0.0.1; }}\n" for i in range(n))
        + "}"
    ),
    "a map of many pools in many locations": lambda n: (
        "map $host $pool {\n"
        + "".join(f"k{i} p{i};\n" for i in range(n))
        + "}\nserver {\n"
        + "".join(f"location /{i} {{ proxy_pass http://$pool; }}\n" for i in range(n))
        + "}"
    ),
    "variables that lead to each other": lambda n: (
        "".join(f"map $host $a{i} {{ default $a{i + 1}; x $a{i + 1}; }}\n" for i in range(n))
        + "server { location / { proxy_pass http://$a0; } }"
    ),
    "many servers of one pool": lambda n: "upstream web {\n" + "server 10.0.0.1 weight=2;\n" * n + "}",
    "many pools": lambda n: "".join(f"upstream p{i} {{ server 10.0.0.1; }}\n" for i in range(n)),
    "parts of a dump": lambda n: "".join(f"# configuration file /f{i}:\nenv A;\n" for i in range(n)),
    "entries of a split": lambda n: "split_clients $host $a {\n" + "0.01% b;\n" * n + "}",
    "locations of one server": lambda n: "server {\n" + "".join(f"location /{i} {{ }}\n" for i in range(n)) + "}",
}


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_text_is_at_most_twice_the_work(name: str) -> None:
    def work(size: int) -> int:
        text = SHAPES[name](size)
        return steps(lambda: (recognise(text), read(text)))

    work(1)
    assert work(200) < 2.1 * work(100)


@pytest.mark.parametrize("name", SHAPES)
def test_nothing_of_it_is_lost(name: str) -> None:
    text = SHAPES[name](50)
    assert unparse(parse(text, "x.conf")) == text


def test_ten_thousand_nested_blocks() -> None:
    topology = read("http {\n" + "server {\nlocation /a {\n" + "location /a {\n" * 10_000 + "}\n" * 10_003)
    assert any("nested" in entry.reason for entry in topology.could_not)
    assert len(topology.could_not) < 10


def test_ten_megabytes_of_one_line() -> None:
    topology = read("env " + "a" * 10_000_000 + ";")
    (entry,) = topology.could_not
    assert entry.line == 1
    assert len(entry.reason) < 500


def test_a_thousand_upstreams() -> None:
    text = "".join(
        f"upstream app{i} {{\n    zone app{i} 64k;\n    server 10.0.{i % 250}.1:8080 weight=5 max_fails=3 fail_timeout=30s;\n"
        f"    server 10.0.{i % 250}.2:8080;\n    keepalive 32;\n}}\nserver {{\n    listen 80;\n    server_name s{i}.example.org;\n"
        f'    location / {{\n        proxy_pass http://app{i};\n        proxy_set_header Connection "";\n    }}\n}}\n'
        for i in range(1000)
    )
    topology = read(text)
    assert topology.could_not == ()
    assert len(topology.pools) == len(topology.listeners) == 1000
    assert [route.pool for listener in topology.listeners for route in listener.routes] == [f"app{i}" for i in range(1000)]
    assert topology.pools[999].servers[1].location.line == 999 * 14 + 4
