"""The engine: who is asked, in which order findings come, what an acceptance does and when it ends."""

from datetime import date

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.model.needs import Acceptance, Needs, PoolNeeds
from poise.model.topology import Topology
from poise.rules.engine import check, judge

UNEVEN = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option httpchk GET /healthz
    default-server check
listen web
    bind :8080
    server app1 10.0.0.1:8080 weight 256
    server app2 10.0.0.2:8080 weight 1
    server app3 10.0.0.3:8080 weight 1
    server app4 10.0.0.4:8080 weight 1
"""


def topology(text: str, file: str = "haproxy.cfg") -> Topology:
    return lower([parse(text, file)])


def accepted(until: date, pool: str | None = "web") -> Needs:
    return Needs(accept=(Acceptance("uneven-weights", "D. Müller", "app1 is four machines", until, pool),))


def test_the_finding_names_the_share_and_stands_at_the_weight() -> None:
    (finding,) = check([topology(UNEVEN)], Needs())
    assert finding.message == "app1 gets 98.8 % of web's requests, 3 others 0.4 % each: weights 256/1/1/1"
    assert finding.severity == "error"
    lines = UNEVEN.split("\n")
    assert finding.location.line == lines.index("    server app1 10.0.0.1:8080 weight 256") + 1
    assert finding.location.column == lines[finding.location.line - 1].index("256") + 1
    assert UNEVEN.encode()[finding.location.start : finding.location.end] == b"256"


def test_an_acceptance_holds_to_its_last_day() -> None:
    judged = judge([topology(UNEVEN)], accepted(date(2027, 1, 31)), today=date(2027, 1, 31))
    assert judged.findings == ()
    assert [(f.rule, a.by) for f, a in judged.accepted] == [("uneven-weights", "D. Müller")]


def test_an_expired_acceptance_brings_the_finding_back_and_says_so() -> None:
    (finding,) = check([topology(UNEVEN)], accepted(date(2027, 1, 31)), today=date(2027, 2, 1))
    assert finding.message.endswith("(accepted by D. Müller until 2027-01-31: expired)")


def test_an_acceptance_for_another_pool_does_not_count() -> None:
    assert len(check([topology(UNEVEN)], accepted(date(2027, 1, 31), pool="api"), today=date(2027, 1, 1))) == 1


def test_an_acceptance_without_a_pool_counts_everywhere() -> None:
    assert check([topology(UNEVEN)], accepted(date(2027, 1, 31), pool=None), today=date(2027, 1, 1)) == ()


def test_declared_ratios_that_the_weights_follow_are_silent() -> None:
    needs = Needs(pool={"web": PoolNeeds(split={"app1": 256, "app2": 1, "app3": 1, "app4": 1})})
    assert check([topology(UNEVEN)], needs) == ()


def test_declared_even_split_makes_small_differences_an_error() -> None:
    text = UNEVEN.replace("weight 256", "weight 2")
    assert check([topology(text)], Needs()) == ()
    (finding,) = check([topology(text)], Needs(pool={"web": PoolNeeds(split="even")}))
    # 2/(2+1+1+1) = 0.4
    assert finding.severity == "error"
    assert "app1 gets 40.0 % of web's requests" in finding.message
    assert "poise.toml wants 25.0 %" in finding.message


def test_even_weights_against_declared_ratios_are_an_error() -> None:
    text = UNEVEN.replace("weight 256", "weight 1")
    (finding,) = check([topology(text)], Needs(pool={"web": PoolNeeds(split={"app1": 3, "app2": 1, "app3": 1, "app4": 1})}))
    # 1/4 instead of 3/6
    assert "app1 gets 25.0 %" in finding.message
    assert "poise.toml wants 50.0 %" in finding.message


def test_a_canary_is_a_warning_not_an_error() -> None:
    text = UNEVEN.replace("weight 1\n", "weight 256\n", 2)
    (finding,) = check([topology(text)], Needs())
    assert (finding.severity, finding.server) == ("warning", "app4")


def test_half_of_the_traffic_on_one_of_four_is_an_error() -> None:
    (finding,) = check([topology(UNEVEN.replace("256", "3"))], Needs())
    assert finding.severity == "error"
    assert "app1 gets 50.0 %" in finding.message


def test_findings_come_by_file_then_line_then_severity() -> None:
    found = check([topology(UNEVEN.replace("check", "inter 1s"), "b.cfg"), topology(UNEVEN, "a.cfg")], Needs())
    places = [(f.location.file, f.location.line) for f in found]
    assert places == sorted(places)
    assert {p[0] for p in places} == {"a.cfg", "b.cfg"}


def test_only_the_rules_that_were_asked_for_run() -> None:
    assert check([topology(UNEVEN)], Needs(), rules=()) == ()


def test_a_disabled_proxy_is_left_alone() -> None:
    assert check([topology(UNEVEN.replace("    bind", "    disabled\n    bind"))], Needs()) == ()
