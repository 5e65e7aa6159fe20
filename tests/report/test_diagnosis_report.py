"""A diagnosis as text says the layer first; as JSON it keeps the contract."""

import json
from datetime import UTC, datetime

import jsonschema

from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis, Hypothesis, NextTest
from poise.model.evidence import Evidence
from poise.model.plan import Plan, Step
from poise.report.diagnosis_json import to_json
from poise.report.diagnosis_text import text
from poise.report.schema import schema

START, ONSET, END = (datetime(2026, 11, 22, 7, 0, second, tzinfo=UTC) for second in (0, 10, 40))
WEIGHTS = Hypothesis(
    "uneven-weights",
    "load-balancer",
    "pool web",
    (Evidence("share of app1", 0.25, 0.98, 12.3, "show stat"), Evidence("lock waits", 0.0, 0.0, 1.0, "pg_stat_activity")),
    12.0,
    0.97,
    1,
)
LOCKED = Hypothesis(
    "database-locked", "database", "database main", (Evidence("lock waits", 5.0, 0.0, -6.2, "pg_stat_activity"),), -6.0, 0.02, 2
)
NEXT = NextTest("compare the weights", "echo 'show servers state' | socat - /run/haproxy.sock", ("uneven-weights",), 2.0)


def diagnosis(verdict: str = "fault", hypotheses: tuple[Hypothesis, ...] = (WEIGHTS, LOCKED)) -> Diagnosis:
    return Diagnosis(verdict, ONSET, START, END, hypotheses, (NEXT,), (CouldNot("host metrics", "not watched"),))  # type: ignore[arg-type]


def test_the_first_line_names_the_layer_the_component_and_how_sure() -> None:
    first = text(diagnosis()).split("\n")[0]
    assert first == "LOAD BALANCER: uneven weights at pool web, since 07:00:10 UTC (97 % sure)"


def test_it_says_why_and_why_not_the_database() -> None:
    lines = text(diagnosis()).split("\n")
    assert "  for      share of app1: 0.98, expected 0.25 (+12.3 bits)" in lines
    assert "     2 %  database, database locked: lock waits: 0, expected 5 (-6.2 bits)" in lines


def test_it_fits_a_screen_and_ends_with_what_to_do() -> None:
    plan = Plan(
        "uneven-weights", "pool web", (Step("level the weights", "runtime", "set server web/app1 weight 1", "…"),), risk="none known"
    )
    lines = text(diagnosis(), plan).split("\n")
    assert "  Do   1. level the weights: set server web/app1 weight 1" in lines
    assert len(lines) <= 24


def test_advice_where_poise_can_do_nothing() -> None:
    assert "Do   end the transaction" in text(diagnosis(), Plan("database-locked", "database main", (), advice="end the transaction"))


def test_no_fault_and_no_answer_are_said_plainly() -> None:
    well = Hypothesis("none", "none", "client", (), 3.0, 0.96, 1)
    assert text(diagnosis("none", (well,))).startswith("NO FAULT: the service is well")
    assert text(diagnosis("undetermined")).startswith("CANNOT TELL YET: most likely load balancer")
    assert "Look compare the weights (2 s, would settle uneven-weights)" in text(diagnosis("undetermined"))
    assert text(diagnosis("undetermined", ())).startswith("CANNOT TELL: nothing was measured")


def test_what_could_not_be_measured_is_said() -> None:
    assert "could not host metrics: not watched" in text(diagnosis())


def test_hostile_names_cannot_reach_the_terminal() -> None:
    hostile = Hypothesis("uneven-weights", "load-balancer", "pool \x1b[2J\nweb", (), 1.0, 0.9, 1)
    assert "\x1b" not in text(diagnosis("fault", (hostile,)))


def test_json_keeps_the_contract() -> None:
    made = to_json(diagnosis())
    jsonschema.validate(made, json.loads(schema("diagnose")), format_checker=jsonschema.FormatChecker())
    assert made["onset"] == "2026-11-22T07:00:10Z"
    assert made["window"] == {"from": "2026-11-22T07:00:00Z", "to": "2026-11-22T07:00:40Z"}
    assert made["hypotheses"][0]["evidence"][0] == {
        "observable": "share of app1",
        "expected": 0.25,
        "observed": 0.98,
        "bits": 12.3,
        "source": "show stat",
    }
