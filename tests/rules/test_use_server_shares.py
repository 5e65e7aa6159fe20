"""Servers that `use-server` names get their requests by that rule, whatever their weight: HAProxy 2.6.12 was asked."""

from datetime import date
from pathlib import Path

from poise.app.audit import AuditOptions, audit
from poise.app.predict import predict
from poise.reading.read import Sources

HEAD = """\
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:8443
    tcp-request inspect-delay 5s
"""
RULES = """\
    use-server app1 if { req_ssl_sni -i a.example }
    use-server app2 if { req_ssl_sni -i b.example }
"""


def said(text: str, folder: Path) -> dict[str, str]:
    file = folder / "haproxy.cfg"
    file.write_text(text)
    found = audit(Sources((str(file),)), AuditOptions(select=["zero-weight", "partly-checked"]), date(2026, 1, 1)).findings
    return {finding.rule: f"{finding.message}. {finding.why}" for finding in found}


def servers(*words: str) -> str:
    return "".join(f"    server app{n} 10.0.0.{n}:443 {each}\n" for n, each in enumerate(words, 1))


def test_a_weight_of_zero_is_meant_where_a_rule_names_the_server(tmp_path: Path) -> None:
    some = servers("check weight 0", "check weight 0", "check", "check")
    assert said(HEAD + RULES + some, tmp_path) == {}
    assert "the other 2 servers carry the traffic of 4" in said(HEAD + some, tmp_path)["zero-weight"]
    one = servers("check weight 0", "check weight 0", "check weight 0", "check")
    assert said(HEAD + RULES + one, tmp_path)["zero-weight"].startswith("app3 of web has weight 0 and gets no requests. ")
    assert "the other server carries" in said(HEAD + servers("check weight 0", "check"), tmp_path)["zero-weight"]


def test_where_every_weight_is_zero_the_rest_gets_503(tmp_path: Path) -> None:
    found = said(HEAD + RULES + servers("check weight 0", "check weight 0"), tmp_path)["zero-weight"]
    assert "no active server can be chosen but by `use-server`" in found


def test_an_unchecked_server_of_weight_zero_loses_no_share_of_nought(tmp_path: Path) -> None:
    text = servers("check weight 0", "weight 0", "check", "check")
    assert "the requests that `use-server` sends to it fail" in said(HEAD + RULES + text, tmp_path)["partly-checked"]
    assert "once it has a weight" in said(HEAD + text, tmp_path)["partly-checked"]


def test_the_forecast_says_which_shares_are_by_rule(tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text(HEAD + RULES + servers("check weight 0", "check weight 0", "check", "check"))
    (remark,) = predict(Sources((str(file),))).remarks
    assert remark.text.startswith("web: `use-server` sends requests to app1, app2 by rule")
