"""One line that declares several servers with one cookie value is one finding, with a remedy that such a line can follow.

`haproxy -c -dD` of 2.8 says of these files that app2 and app3 (and b) have the same cookie value as a server before.
"""

from pathlib import Path

from poise.model.needs import Needs
from poise.reading.read import read_configuration
from poise.rules.stickiness.cookie_duplicate import RULE, check

HEAD = "defaults\n mode http\nlisten web\n bind :80\n cookie SRV insert indirect nocache\n"
TEMPLATE = " server-template app 1-3 app.internal:80 cookie w check\n"


def said(tmp_path: Path, servers: str) -> list[tuple[int, str, str]]:
    (tmp_path / "haproxy.cfg").write_text(HEAD + servers)
    (topology,), _ = read_configuration([tmp_path / "haproxy.cfg"])
    return [(f.location.line, f.message, f.remedy) for pool in topology.pools for f in check(pool, topology, Needs())]


def test_a_template_is_told_once(tmp_path: Path) -> None:
    ((line, message, remedy),) = said(tmp_path, TEMPLATE)
    assert (RULE.name, line, message) == ("cookie-duplicate", 6, "all 3 servers of this template of web share the cookie value w")
    assert "`dynamic`" in remedy
    assert "`dynamic-cookie-key SECRET`" in remedy


def test_what_shares_it_beside_the_template_is_told_by_itself(tmp_path: Path) -> None:
    told = said(tmp_path, TEMPLATE + " server b 10.0.0.9:80 cookie w check\n")
    assert [(line, remedy) for line, _, remedy in told][1:] == [(7, "Give b a cookie value of its own")]
    # The other way round it stands before the template: one finding too.
    told = said(tmp_path, " server b 10.0.0.9:80 cookie w check\n" + TEMPLATE)
    assert [(line, message) for line, message, _ in told] == [(7, "all 3 servers of this template of web share the cookie value w")]


def test_a_template_of_one_is_no_template(tmp_path: Path) -> None:
    assert said(tmp_path, TEMPLATE.replace("1-3", "1")) == []
