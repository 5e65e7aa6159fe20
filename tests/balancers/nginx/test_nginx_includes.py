"""Includes: where files are found, in which order, what is missing, and that circles and multiplications end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from poise.balancers.nginx.assemble import BUDGET, Found, assemble
from poise.balancers.nginx.globs import glob_pattern, is_glob
from poise.balancers.nginx.lower import lower
from poise.model.topology import Topology
from poise.reading import read_nginx
from poise.reading.read_nginx import topologies

DUMP = """\
nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
nginx: configuration file /etc/nginx/nginx.conf test is successful
# configuration file /etc/nginx/nginx.conf:
events {}
http {
    include conf.d/*.conf;
    include /etc/nginx/upstreams/web.conf;
}

# configuration file /etc/nginx/conf.d/site.conf:
server {
    listen 80;
    location / {
        proxy_pass http://web;
    }
}

# configuration file /etc/nginx/upstreams/web.conf:
upstream web {
    server 127.0.0.1:8001;
}

"""


def of(files: dict[str, str]) -> Callable[[str, str], Found]:
    """A finder over texts by name."""

    def find(pattern: str, from_file: str) -> Found:
        if is_glob(pattern):
            return [(name, files[name]) for name in sorted(files) if glob_pattern(pattern).fullmatch(name)]
        return [(pattern, files[pattern])] if pattern in files else f"{pattern} is not there"

    return find


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def one(folder: Path, name: str = "nginx.conf", target: str | None = None) -> Topology:
    (topology,) = topologies([(str(folder / name), (folder / name).read_text())], target)
    return topology


def test_a_configuration_over_several_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "nginx.conf": "events {}\nhttp {\n    include mime.types;\n    include conf.d/*.conf;\n    include none/*.conf;\n}\n",
            "mime.types": "types {\n    text/html html;\n}\n",
            "conf.d/10-upstream.conf": "upstream web {\n    include servers/web.list;\n}\n",
            "conf.d/20-site.conf": "server {\n    listen 80;\n    location / {\n        proxy_pass http://web;\n    }\n}\n",
            "conf.d/.hidden.conf": "nonsense here;\n",
            "servers/web.list": "server 127.0.0.1:8001;\nserver 127.0.0.1:8002;\n",
        },
    )
    topology = one(tmp_path)
    assert topology.could_not == ()
    assert topology.complete
    (pool,) = topology.pools
    assert [server.name for server in pool.servers] == ["127.0.0.1:8001", "127.0.0.1:8002"]
    assert pool.servers[1].location.file == str(tmp_path / "servers/web.list")
    assert pool.servers[1].location.line == 2
    assert [Path(file).name for file in topology.files] == ["nginx.conf", "mime.types", "10-upstream.conf", "20-site.conf", "web.list"]


def test_files_that_another_includes_are_no_configurations_of_their_own(tmp_path: Path) -> None:
    files = {
        "nginx.conf": "events {}\nhttp {\n    include conf.d/*.conf;\n}\n",
        "conf.d/web.conf": "upstream web {\n    server 127.0.0.1:8001;\n}\n",
        "other.conf": "upstream other {\n    server 127.0.0.1:8002;\n}\n",
    }
    write(tmp_path, files)
    read = topologies([(str(tmp_path / name), text) for name, text in files.items()])
    assert [(Path(t.file).name, t.complete, [p.name for p in t.pools]) for t in read] == [
        ("nginx.conf", True, ["web"]),
        ("other.conf", False, ["other"]),
    ]


def test_a_fragment_includes_as_its_nginx_conf_would(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "nginx.conf": "events {}\n",
            "snippets/headers.conf": "proxy_set_header Host $host;\n",
            "conf.d/site.conf": "server {\n    listen 80;\n    location / {\n        include snippets/headers.conf;\n"
            "        proxy_pass http://127.0.0.1:8001;\n    }\n}\n",
        },
    )
    topology = one(tmp_path, "conf.d/site.conf")
    assert topology.could_not == ()
    assert topology.listeners[0].routes[0].options["proxy_set_header"] == "Host $host"


def test_a_missing_file_is_said_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {"nginx.conf": "events {}\n\ninclude missing.conf;\n"})
    (entry,) = one(tmp_path).could_not
    assert (entry.what, entry.line) == (str(tmp_path / "nginx.conf"), 3)
    assert "missing.conf" in entry.reason
    assert "nginx -T" in entry.reason


def test_what_packages_bring_is_known_away_from_the_server(tmp_path: Path) -> None:
    text = "events {}\nhttp {\n    include mime.types;\n    include /opt/homebrew/etc/nginx/fastcgi_params;\n    server {\n"
    text += "        location / {\n            include proxy_params;\n            proxy_pass http://127.0.0.1:1;\n        }\n    }\n}\n"
    write(tmp_path, {"nginx.conf": text})
    topology = one(tmp_path)
    assert topology.could_not == ()
    assert topology.listeners[0].routes[0].options["proxy_set_header"].splitlines()[0] == "Host $http_host"


def test_a_path_of_the_server_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    text = "events {}\nhttp {\n    include /usr/local/nginx/conf/sites/*.conf;\n}\n"
    write(tmp_path, {"nginx.conf": text, "sites/web.conf": "upstream web {\n    server 127.0.0.1:1;\n}\n"})
    assert [pool.name for pool in one(tmp_path).pools] == ["web"]


def test_circles_end_and_are_said(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "nginx.conf": "events {}\nhttp {\n    include a.conf;\n}\n",
            "a.conf": "include b.conf;\nupstream a {\n    server 127.0.0.1:1;\n}\n",
            "b.conf": "upstream b {\n    server 127.0.0.1:1;\n}\ninclude a.conf;\n",
        },
    )
    topology = one(tmp_path)
    assert [pool.name for pool in topology.pools] == ["b", "a"]
    (entry,) = topology.could_not
    assert (Path(entry.what).name, entry.line) == ("b.conf", 4)
    given = [(str(tmp_path / name), (tmp_path / name).read_text()) for name in ("a.conf", "b.conf")]
    assert [Path(t.file).name for t in topologies(given)] == ["a.conf"]
    itself = assemble("x", "include x;\nenv A;\n", of({"x": "include x;\nenv A;\n"}))
    assert len(itself.could_not) == 1


def test_a_multiplication_of_includes_ends_at_the_budget() -> None:
    # Each file includes the next one twice: thirty of them are a thousand million lines.
    files = {f"f{n}": f"include f{n + 1};\ninclude f{n + 1};\n" for n in range(30)} | {"f30": "env A;\n"}
    assembly = assemble("main", "include f0;\n", of(files))
    assert len(assembly.body) <= BUDGET // 1024
    assert any("MiB" in entry.reason for entry in assembly.could_not)


def test_siblings_that_include_one_another_are_no_circle() -> None:
    files = {"a": "include b;\nenv A;\n", "b": "env B;\n"}
    assembly = assemble("main", "include [ab];\n", of(files))
    assert assembly.could_not == []
    assert [d.args[0] for d in assembly.body if d.name == "env"] == ["B", "A", "B"]


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"nginx.conf": "events {}\ninclude secret.conf;\n", "secret.conf": "env A;\n"})

    def refused(path: str) -> str:
        assert path.endswith("secret.conf")
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(read_nginx, "read_regular", refused)
    (entry,) = one(tmp_path).could_not
    assert "not permitted" in entry.reason


@pytest.mark.parametrize("name", ["a\0b", "\0*", "*\0", "\ud800", "[", "[]", "[!]", "x" * 5000, "\udcff*"])
def test_names_that_no_file_can_have_do_not_raise(tmp_path: Path, name: str) -> None:
    topologies([(str(tmp_path / "nginx.conf"), f'events {{}}\ninclude "{name}";\n')])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    write(tmp_path, {"nginx.conf": "events {}\ninclude conf.d;\n"})
    assert len(one(tmp_path).could_not) == 1


def test_a_dump_keeps_the_files_that_it_shows() -> None:
    (topology,) = topologies([("dump.txt", DUMP)])
    assert topology.could_not == ()
    assert topology.file == "dump.txt"
    assert topology.files == ("dump.txt", "/etc/nginx/nginx.conf", "/etc/nginx/conf.d/site.conf", "/etc/nginx/upstreams/web.conf")
    (pool,) = topology.pools
    server = pool.servers[0]
    assert (server.location.file, server.location.line) == ("/etc/nginx/upstreams/web.conf", 2)
    assert topology.listeners[0].routes[0].pool == "web"


def test_a_dump_without_a_file_says_so() -> None:
    (topology,) = topologies([("dump.txt", DUMP.partition("# configuration file /etc/nginx/upstreams")[0])])
    (entry,) = topology.could_not
    assert (entry.what, entry.line) == ("/etc/nginx/nginx.conf", 4)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*.conf", "a.conf", True),
        ("*.conf", ".conf", False),
        ("*.conf", "a/b.conf", False),
        ("conf.d/*/site.conf", "conf.d/a/site.conf", True),
        ("conf.d/*/site.conf", "conf.d/a/b/site.conf", False),
        ("[0-9]*", "10-web", True),
        ("[!a]*", "abc", False),
        ("[]x]", "]", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("*a*b*", "xaxbx", True),
        ("*a*b*", "xbxax", False),
        ("[", "[", True),
    ],
)
def test_patterns_match_as_glob_does(pattern: str, name: str, matches: bool) -> None:
    assert (glob_pattern(pattern).fullmatch(name) is not None) is matches


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    assert glob_pattern("*a" * 30 + "b").fullmatch("a" * 5000) is None


def test_a_real_life_shape() -> None:
    files = {"mime.types": "types {\n    text/html html;\n}\n"}
    for n in range(60):
        pools = "".join(f"upstream p{n}x{m} {{\n    zone p{n}x{m} 64k;\n    server 10.{n}.{m}.1:80;\n}}\n" for m in range(17))
        keys = "".join(f"    k{m}.example.org p{n}x{m};\n" for m in range(17))
        files[f"sites/{n:02}.conf"] = (
            f"{pools}map $host $pool{n} {{\n    default p{n}x0;\n{keys}}}\nserver {{\n    listen 80;\n    server_name s{n}.example.org;\n"
            f"    location / {{\n        proxy_pass http://$pool{n};\n    }}\n}}\n"
        )
    main = "worker_processes auto;\nevents {}\nhttp {\n    include mime.types;\n    include sites/*.conf;\n}\n"
    topology = lower(assemble("nginx.conf", main, of(files)))
    assert topology.could_not == ()
    assert len(topology.pools) == 60 * 17
    assert len(topology.listeners) == 60
    assert [len(listener.routes) for listener in topology.listeners] == [17] * 60
    assert len(topology.files) == 62


def test_a_snippet_that_is_missing_in_many_places_is_told_at_the_first(tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp {\n" + "server {\n include proxy.conf;\n include other.conf;\n}\n" * 3 + "}\n")
    (topology,) = topologies([(str(main), main.read_text())])
    assert [entry.line for entry in topology.could_not] == [4, 5]


def test_the_status_of_the_health_check_module_is_known() -> None:
    text = "events {}\nhttp {\n upstream web {\n  server 10.0.0.1;\n  check type=tcp;\n }\n server {\n"
    text += "  location /status {\n   healthcheck_status json;\n  }\n }\n}\n"
    assert lower(assemble("nginx.conf", text, lambda *_: ())).could_not == ()
