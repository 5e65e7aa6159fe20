"""Which rules keep strangers from HAProxy's statistics page, and which only look as if they did."""

import pytest
from haproxy_twins import CHECKED, DEFAULTS

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Needs
from poise.rules.engine import check

USERS = "userlist ops\n    user me insecure-password x\n"
OPEN = {
    "robots are turned away": ("acl bad_bot hdr_sub(user-agent) -i bot", "http-request deny if bad_bot"),
    "some addresses are turned away": ("http-request deny if { src -f /etc/haproxy/bad.lst }",),
    "some addresses are turned away at once": ("tcp-request connection reject if { src 192.0.2.0/24 }",),
    "the eager are turned away": ("tcp-request content reject if { src_http_req_rate(web) gt 100 }",),
    "who comes without TLS is sent on": ("http-request redirect scheme https unless { ssl_fc }",),
    "another page asks for a password": ("http-request auth if { path_beg /admin } !{ http_auth(ops) }",),
    "everything but this page is sent on": ("http-request redirect location / unless { path_beg /stats }",),
    "a method that nobody needs": ("http-request deny if METH_DELETE",),
    "methods that everybody has": ("http-request deny unless METH_GET",),
    "robots and some addresses": ("http-request deny if { src 192.0.2.0/24 } or { hdr(user-agent) -m sub bot }",),
    "an acl of which one line is another's": (
        "acl odd src 192.0.2.0/24", "acl odd hdr_sub(user-agent) curl", "http-request deny if { path_beg /stats } odd"),
    "a host that anybody may name": ("http-request deny if { path_beg /stats } !{ hdr(host) stats.internal }",),
    "a rule of the page for some": ("stats http-request deny if { src 192.0.2.7 }",),
    "two rules of the page for some": (
        "stats http-request deny if { src 192.0.2.7 }", "stats http-request deny if { hdr(user-agent) -m sub bot }"),
}  # fmt: skip
SHUT = {
    "all but our addresses": ("http-request deny if !{ src 10.0.0.0/8 }",),
    "all but listed addresses": ("acl ours src -f /etc/haproxy/ours.lst", "http-request deny unless ours"),
    "all but our addresses, for this page": ("http-request deny if { path_beg /stats } !{ src 10.0.0.0/8 127.0.0.1 }",),
    "all but our addresses at once": ("tcp-request connection accept if { src 10.0.0.0/8 }", "tcp-request connection reject"),
    "all but our addresses, negated": ("tcp-request content reject unless { src 10.0.0.0/8 }",),
    "strangers get no answer at once": ("tcp-request connection silent-drop if !{ src 10.0.0.0/8 }",),
    "strangers get no answer in this session": ("tcp-request session silent-drop unless { src 10.0.0.0/8 }",),
    "a password": ("http-request auth realm ops unless { http_auth(ops) }",),
    "a password for this page": ("http-request auth if { path /stats } !{ http_auth(ops) }",),
    "a password of the page's own rules": ("stats http-request auth unless { http_auth(ops) }",),
    "a password before another rule": (
        "stats http-request auth unless { http_auth(ops) }", "stats http-request deny if { src 192.0.2.7 }"),
    "a certificate": ("http-request deny unless { ssl_fc_has_crt }",),
    "a token": ("http-request deny if { path_beg /stats } !{ hdr(x-token) abc }",),
    "the page, for all": ("http-request deny if { path_beg /stats }",),
    "by the port that it came in at": ("http-request deny if { path_beg /stats } { dst_port 80 }",),
    "robots, then all but ours": ("http-request deny if { hdr_sub(user-agent) bot }", "http-request deny if !{ src 10.0.0.0/8 }"),
    "the address that a proxy tells": ("http-request deny unless { hdr_ip(x-forwarded-for) 10.0.0.0/8 }",),
}  # fmt: skip


def finds(text: str) -> bool:
    topology = lower([parse(text, "haproxy.cfg")])
    return "stats-open" in {f.rule for f in check([topology], Needs())}


def page(*rules: str) -> str:
    lines = ("bind :8404", "stats enable", "stats uri /stats", "stats admin if TRUE", *rules)
    return DEFAULTS + USERS + "listen stats\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("rules", OPEN.values(), ids=OPEN)
def test_it_stays_open(rules: tuple[str, ...]) -> None:
    assert finds(page(*rules))


@pytest.mark.parametrize("rules", SHUT.values(), ids=SHUT)
def test_it_is_shut(rules: tuple[str, ...]) -> None:
    assert not finds(page(*rules))


@pytest.mark.parametrize(
    ("condition", "shut"),
    [
        ("{ path_beg /st } { src 10.0.0.0/8 }", True),
        ("{ path_beg /st } { http_auth(ops) }", True),
        ("{ path_beg /st } !{ src -f /etc/haproxy/bad.lst }", False),
        ("{ hdr(host) -i stats.example.org }", False),
        ("{ path_beg /st }", False),
    ],
)
def test_the_way_to_a_page_of_a_backend(condition: str, shut: bool) -> None:
    front = f"frontend http\n    bind :80\n    use_backend st if {condition}\n    default_backend web\n"
    pool = f"backend web\n    {CHECKED}\n    server a 10.0.0.1:80 check\n    server b 10.0.0.2:80 check\n"
    text = DEFAULTS + USERS + front + pool + "backend st\n    stats enable\n    stats uri /st\n    stats admin if TRUE\n"
    assert finds(text) is not shut
