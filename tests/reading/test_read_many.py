"""Whatever a path leads to: a configuration of its product, a word of what could not be read, and never a traceback or a wait."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from poise.model.could_not import CouldNot
from poise.reading import files
from poise.reading.installed import Installed
from poise.reading.judged_by import JudgedBy
from poise.reading.read import Reading, Sources, read

HAPROXY = "global\n    maxconn 5\ndefaults\n    mode http\nbackend web\n    server app1 127.0.0.1:9001\n"
NGINX = "upstream web {\n    server 127.0.0.1:9001;\n}\nserver {\n    listen 80;\n    location / { proxy_pass http://web; }\n}\n"
ENVOY = """\
static_resources:
  clusters:
    - name: web
      connect_timeout: 1s
      load_assignment:
        cluster_name: web
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9001}}}
"""
ROOT = os.geteuid() == 0


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def look(*paths: Path | str, **options: object) -> Reading:
    return read(Sources(tuple(str(path) for path in paths), **options), {})  # type: ignore[arg-type]


def found(reading: Reading, below: Path) -> list[tuple[str, str]]:
    return [(t.product, os.path.relpath(t.file, below)) for t in reading.topologies]


def only_word(reading: Reading) -> CouldNot:
    assert reading.topologies == ()
    (said,) = reading.could_not
    return said


def test_each_file_is_what_its_content_says_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, a=HAPROXY, b_txt=NGINX, c_cfg=ENVOY)
    reading = look(tmp_path / "a", tmp_path / "b.txt", tmp_path / "c.cfg")
    assert {(p, f) for p, f in found(reading, tmp_path)} == {("haproxy", "a"), ("nginx", "b.txt"), ("envoy", "c.cfg")}
    assert reading.could_not == ()


def test_a_folder_of_any_mix_is_read_to_its_depths(tmp_path: Path) -> None:
    write(tmp_path, lb__haproxy_cfg=HAPROXY, edge__sites__shop=NGINX, mesh__deep__er__envoy_yaml=ENVOY, README_md="# hi", data_json="{}")
    write(tmp_path, _git__x_cfg=HAPROXY, edge__notes_conf="# nothing\n", mesh__values_yaml="a: 1\n")
    reading = look(tmp_path)
    assert {(p, f) for p, f in found(reading, tmp_path)} == {
        ("haproxy", "lb/haproxy.cfg"),
        ("nginx", "edge/sites/shop"),
        ("envoy", "mesh/deep/er/envoy.yaml"),
    }
    assert reading.could_not == ()


def test_a_file_that_another_includes_is_judged_there_only(tmp_path: Path) -> None:
    write(tmp_path, conf_d__site_conf=NGINX)
    (tmp_path / "conf.d").mkdir(exist_ok=True)
    (tmp_path / "conf.d" / "site.conf").write_text(NGINX)
    (tmp_path / "nginx.conf").write_text("events {}\nhttp {\n    include conf.d/*.conf;\n}\n")
    reading = look(tmp_path / "nginx.conf", tmp_path / "conf.d")
    assert found(reading, tmp_path) == [("nginx", "nginx.conf")]
    assert [pool.name for pool in reading.topologies[0].pools] == ["web"]


def test_one_file_under_many_names_is_judged_once(tmp_path: Path) -> None:
    write(tmp_path, haproxy_cfg=HAPROXY)
    (tmp_path / "link.cfg").symlink_to(tmp_path / "haproxy.cfg")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(look(tmp_path, tmp_path / "haproxy.cfg", tmp_path / "link.cfg", f"{tmp_path}/loop/loop/haproxy.cfg").topologies) == 1


def test_what_is_not_enabled_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, **{"sites-available__off": NGINX, "sites-available__on": NGINX.replace("web", "on")})
    assert len(look(tmp_path).topologies) == 2
    (tmp_path / "sites-enabled").mkdir()
    (tmp_path / "sites-enabled" / "on").symlink_to("../sites-available/on")
    assert found(look(tmp_path), tmp_path) == [("nginx", "sites-enabled/on")]


def test_haproxy_pieces_below_one_folder_are_one_configuration(tmp_path: Path) -> None:
    write(tmp_path, haproxy_cfg="global\n    maxconn 5\ndefaults\n    mode tcp\n", conf__web_cfg="backend web\n    server a 127.0.0.1:1\n")
    (topology,) = look(tmp_path).topologies
    assert (topology.maxconn, topology.pools[0].mode) == (5, "tcp")
    write(tmp_path, conf__other_cfg=HAPROXY)
    assert len(look(tmp_path).topologies) == 3


def test_in_order_is_as_haproxy_reads_several_f(tmp_path: Path) -> None:
    write(tmp_path, a_cfg="backend web\n    server a 127.0.0.1:1\n", b_cfg="defaults\n    mode tcp\n")
    (topology,) = read(Sources((), (str(tmp_path / "b.cfg"), str(tmp_path / "a.cfg"))), {}).topologies
    assert topology.pools[0].mode == "tcp"
    (topology,) = read(Sources((), (str(tmp_path / "a.cfg"), str(tmp_path / "b.cfg"))), {}).topologies
    assert topology.files == (str(tmp_path / "a.cfg"), str(tmp_path / "b.cfg"))
    assert topology.pools[0].timeouts.connect is None
    # A folder stands for its *.cfg by name.
    assert len(read(Sources((), (str(tmp_path),)), {}).topologies) == 1


class Known(JudgedBy):
    """A machine where that version is installed."""

    def __init__(self, known: str) -> None:
        super().__init__(Installed(path="", daemons=()))
        self.known = known

    def version(self, product: str) -> str:
        return self.known


def test_version_conditions_are_asked_of_the_version_that_is_judged_by(tmp_path: Path) -> None:
    write(tmp_path, a_cfg="backend web\n    server a 127.0.0.1:1\n.if version_atleast(2.8)\n    server b 127.0.0.1:2\n.endif\n")

    def servers(installed: str, **targets: str) -> int:
        made = read(Sources((str(tmp_path / "a.cfg"),), targets=targets), {}, Known(installed))
        assert made.could_not == ()
        assert made.topologies[0].assumed == (None if targets else installed)
        return len(made.topologies[0].pools[0].servers)

    assert (servers("2.6.12"), servers("2.8.1"), servers("2.8.1", haproxy="2.6")) == (1, 2, 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is empty"),
        (b" \n\t\n", "it is empty"),
        (b"# nothing yet\n", "comments only"),
        (b"\x7fELF\x00\x01\xff\xfe" * 50, "NUL bytes"),
        ("backend web\n    server a 127.0.0.1:1\n".encode("utf-16"), "UTF-16"),
        (b"Lorem ipsum dolor\n", "It holds no HAProxy section"),
        (b'{{ range service "web" }}\n{{ .Address }}\n{{ end }}\n', "consul-template"),
        (b"<VirtualHost *:80>\n</VirtualHost>\n", "It holds no HAProxy section"),
        (b"kind: ConfigMap\ndata:\n  haproxy.cfg: |\n    global\n    backend web\n", "-o jsonpath='{.data.haproxy\\.cfg}' > haproxy.cfg"),
    ],
)
def test_a_named_file_of_no_product_is_answered_for(data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    assert says in only_word(look(tmp_path / "x")).reason


@pytest.mark.parametrize(
    ("text", "language", "line"),
    [
        ("backend web\n{% for h in hosts %}\n    server {{ h }} {{ h }}:80\n{% endfor %}\n", "Jinja2", 2),
        ("backend web\n    server a <%= @address %>:80\n", "ERB", 2),
        ('backend web\n{{ range service "web" }}\n    server {{ .Name }} {{ .Address }}:80\n{{ end }}\n', "consul-template", 2),
    ],
)
def test_a_template_of_haproxy_is_told_and_not_judged(text: str, language: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text(text)
    said = only_word(look(tmp_path / "x.cfg"))
    assert (language in said.reason, said.line) == (True, line)
    assert "Render it first" in said.reason


def test_braces_in_an_answer_to_clients_make_no_template(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text('frontend web\n    mode http\n    http-request return string "{{ name }}" content-type text/plain\n')
    reading = look(tmp_path / "x.cfg")
    assert reading.could_not == ()
    assert len(reading.topologies) == 1


def test_a_folder_without_any_configuration_is_said(tmp_path: Path) -> None:
    assert "it holds no file" in only_word(look(tmp_path)).reason
    write(tmp_path, a_conf="# nothing\n", b_md="# b\n")
    assert "none of its 2 files is one" in only_word(look(tmp_path)).reason
    write(tmp_path, haproxy_cfg_j2="backend {{ x }}\n")
    assert "haproxy.cfg.j2" in only_word(look(tmp_path)).reason


def test_a_broken_file_of_a_folder_is_said(tmp_path: Path) -> None:
    write(tmp_path, good_cfg=HAPROXY, bad_cfg="    server app1 10.0.0.1:80\n", other_conf="a = 1\n")
    reading = look(tmp_path)
    assert len(reading.topologies) == 1
    assert [Path(c.what).name for c in reading.could_not] == ["bad.cfg"]


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a pipe to become readable fails."""

    def wait(*_: object) -> NoReturn:
        pytest.fail("it waits")

    monkeypatch.setattr(files.select, "select", wait)


# Opening a pipe and reading a device without end are no waits that could be seen, but hang.
@pytest.mark.timeout(30)
@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("where", ["named", "folder"])
def test_a_pipe_that_nobody_writes_into_is_not_waited_for(where: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.cfg")
    write(tmp_path, good_cfg=HAPROXY)
    if where == "named":
        assert "a pipe that nobody writes into" in only_word(look(tmp_path / "x.cfg")).reason
    else:
        reading = look(tmp_path)
        assert (found(reading, tmp_path), reading.could_not) == ([("haproxy", "good.cfg")], ())


@pytest.mark.timeout(30)
@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("what", ["conf.d/pipe.conf", "conf.d/*.conf", "/dev/zero", "conf.d", "/dev/stdin"])
def test_an_include_that_is_no_file_is_not_waited_for(what: str, tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    os.mkfifo(tmp_path / "conf.d" / "pipe.conf")
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{\n    include {what};\n}}\n")
    reading = look(tmp_path / "nginx.conf")
    assert [c.line for c in reading.could_not] == [3]


def test_what_a_program_writes_into_a_pipe_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    def program() -> None:
        for line in HAPROXY.splitlines(keepends=True):
            os.write(writing, line.encode())
        os.close(writing)

    thread = threading.Thread(target=program)
    thread.start()
    (topology,) = look(f"/dev/fd/{reading}").topologies
    thread.join()
    os.close(reading)
    assert topology.maxconn == 5


def test_a_pipe_that_stays_open_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIPE_SILENCE_SECONDS", 0.2)
    reading, writing = os.pipe()
    os.write(writing, HAPROXY.encode())
    said = only_word(look(f"/dev/fd/{reading}"))
    os.close(writing)
    os.close(reading)
    assert "nothing more came out of it" in said.reason


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/tty", "/dev/random"])
def test_a_device_is_not_read(path: str) -> None:
    assert "device" in only_word(look(path)).reason


def test_a_socket_is_not_read(tmp_path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s"))
        assert "socket" in only_word(look(tmp_path / "s")).reason


def test_a_file_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    (tmp_path / "x.cfg").write_text(HAPROXY * 10)
    assert "larger than" in only_word(look(tmp_path / "x.cfg")).reason


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere/x.cfg", "there is no such file"),
        ("x.cfg/x.cfg", os.strerror(errno.ENOTDIR)),
        ("nul\0.cfg", "it cannot be read: embedded null byte"),
        ("x" * 5000, os.strerror(errno.ENAMETOOLONG)),
    ],
)
def test_a_path_that_leads_nowhere_is_said(path: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, x_cfg=HAPROXY)
    assert says in only_word(look(f"{tmp_path}/{path}")).reason


def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").symlink_to("gone.cfg")
    assert "link to a file that does not exist" in only_word(look(tmp_path / "x.cfg")).reason
    write(tmp_path, good_cfg=HAPROXY)
    reading = look(tmp_path)
    assert (len(reading.topologies), len(reading.could_not)) == (1, 1)


def test_a_link_to_itself_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").symlink_to("x.cfg")
    assert os.strerror(errno.ELOOP) in only_word(look(tmp_path / "x.cfg")).reason


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """As somebody who may not read everything: root becomes nobody for a while."""
    folder.chmod(0o755)
    if ROOT:
        os.seteuid(65534)
    try:
        yield
    finally:
        if ROOT:
            os.seteuid(0)


def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, good_cfg=HAPROXY, secret_cfg=HAPROXY, closed__x_cfg=HAPROXY, inner_conf=NGINX)
    (tmp_path / "nginx.conf").write_text("events {}\nhttp {\n    include inner.conf;\n}\n")
    # All that is imported is imported before.
    assert len(look(tmp_path).topologies) == 4
    for name in ("secret.cfg", "closed", "inner.conf"):
        (tmp_path / name).chmod(0)
    with unprivileged(tmp_path):
        reading = look(tmp_path)
        inside = only_word(look(tmp_path / "closed" / "x.cfg"))
    (tmp_path / "closed").chmod(0o700)
    assert {t.product for t in reading.topologies} == {"haproxy", "nginx"}
    told = {Path(c.what).name: c for c in reading.could_not}
    assert set(told) == {"secret.cfg", "closed", "inner.conf", "nginx.conf"}
    assert told["nginx.conf"].line == 3
    assert all("ermi" in c.reason for c in (*reading.could_not, inside))


def test_too_many_files_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 3)
    write(tmp_path, **{f"n{i}_cfg": HAPROXY for i in range(5)})
    reading = look(tmp_path)
    assert len(reading.topologies) == 3
    assert any("more than 3 files" in c.reason for c in reading.could_not)


def test_what_lies_too_deep_is_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 42)
    deep.mkdir(parents=True)
    for folder in (tmp_path, deep):
        (folder / "haproxy.cfg").write_text(HAPROXY)
    reading = look(tmp_path)
    assert len(reading.topologies) == 1
    assert [(c.what, "not looked into" in c.reason) for c in reading.could_not] == [(str(deep.parent), True)]
