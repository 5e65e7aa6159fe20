"""A document in our own words with the figures of 10 November: what must be found in it, by arithmetic, and nothing beside it.

Detected 13:45. Work from 14:00, 15 minutes later; the cause at 17:45, 240; the fix at 18:00, 255; restored at 18:30, 285. Declared are
14:00 to 18:30, 270 minutes. The database was suspected from 14:15 to 16:30, 135 minutes, the network to 17:45, 75: 210 of 285, 74 %.
"""

import json
from pathlib import Path

import jsonschema
import pytest

from poise.app.review import exit_code, reviewed
from poise.model.postmortem import ReviewFinding
from poise.report.review_json import to_json
from poise.report.schema import schema

RUN = reviewed((str(Path(__file__).parent / "november.md"),))
(DOCUMENT,) = to_json(RUN)["documents"]
FINDINGS = {f.rule: f for _, each in RUN.documents for f in each.findings}


def at(clock: str) -> str:
    return f"2023-11-10T{clock}:00+00:00"


def test_the_json_is_what_its_schema_says() -> None:
    jsonschema.validate(to_json(RUN), json.loads(schema("review")))


def test_times_and_durations() -> None:
    assert DOCUMENT["declared"] == {"start": at("14:00"), "end": at("18:30"), "minutes": 270}
    assert DOCUMENT["times"] == {
        "impact_started": None,
        "detected": at("13:45"),
        "acknowledged": at("14:00"),
        "cause_found": at("17:45"),
        "mitigated": at("18:00"),
        "resolved": at("18:30"),
    }
    assert DOCUMENT["durations"] == {
        "to_detect_minutes": None,
        "to_acknowledge_minutes": 15,
        "to_cause_minutes": 240,
        "to_mitigate_minutes": 255,
        "to_resolve_minutes": 285,
        "basis": "detected",
    }


def test_the_timeline() -> None:
    listed = [(e["time"], e["line"], e["kind"]) for e in DOCUMENT["timeline"] if e["line"] >= 19]
    assert listed == [
        (at("13:45"), 19, "detection"),
        (at("13:50"), 20, "detection"),
        (at("14:00"), 21, "action"),
        (at("14:15"), 22, "hypothesis"),
        (at("15:00"), 23, "action"),
        (at("16:30"), 24, "hypothesis"),
        (at("17:00"), 25, "action"),
        (at("17:45"), 26, "cause"),
        (at("18:00"), 27, "mitigation"),
        (at("18:30"), 28, "resolution"),
    ]


def test_the_cause_and_what_was_taken_for_it() -> None:
    assert (DOCUMENT["cause"]["layer"], DOCUMENT["cause"]["mechanism"]) == ("load-balancer", "configuration")
    assert [(w["layer"], w["from"], w["to"], w["minutes"]) for w in DOCUMENT["wrong_hypotheses"]] == [
        ("database", at("14:15"), at("16:30"), 135),
        ("network", at("16:30"), at("17:45"), 75),
    ]


def test_the_action_items() -> None:
    assert [(i["line"], i["owner"], i["due"], i["ticket"]) for i in DOCUMENT["action_items"]] == [
        (n, None, None, None) for n in range(41, 47)
    ]


@pytest.mark.parametrize(
    ("rule", "severity", "lines", "words"),
    [
        ("detection-before-start", "error", [19, 4], ["13:45", "14:00", "15 min"]),
        ("contradictory-impact", "error", [15, 10], ["complete outage", "80 % of users"]),
        ("conflicting-cause", "error", [32, 10], ["unevenly"]),
        ("unexplained-gap", "warning", [24, 23], ["15:00", "16:30", "1 h 30 min"]),
        ("trigger-missing", "warning", [32], ["what began it"]),
        ("single-root-cause", "warning", [32], ["contributing"]),
        ("wrong-hypotheses-cost", "warning", [22, 24, 26], ["210 of 285", "74%", "database 14:15–16:30", "network 16:30–17:45"]),
        ("team-engaged-late", "info", [23, 22, 25, 24, 26], ["45 min", "30 min", "no load-balancer team"]),
        ("action-without-owner", "warning", [41, 42, 43, 44, 45, 46], ["all 6"]),
        ("action-without-due-date", "warning", [41, 42, 43, 44, 45, 46], ["all 6"]),
        ("action-without-ticket", "info", [41, 42, 43, 44, 45, 46], ["all 6"]),
        ("vague-action", "warning", [41, 42], ["regularly", "enhance"]),
        ("action-mix", "warning", [39], ["none shortens the harm"]),
        ("immediately-but-later", "warning", [37, 27, 28], ["18:00", "18:30", "30 min"]),
        ("alert-behind-dashboard", "info", [20, 19], ["13:50", "13:45", "5 min"]),
    ],
)
def test_what_must_be_found(rule: str, severity: str, lines: list[int], words: list[str]) -> None:
    found: ReviewFinding = FINDINGS[rule]
    assert (found.severity, [q.line for q in found.quotes]) == (severity, lines)
    assert [word for word in words if word not in found.message] == []


def test_nothing_else_but_the_sections_that_it_lacks() -> None:
    wanted = {
        "detection-before-start", "contradictory-impact", "conflicting-cause", "unexplained-gap", "trigger-missing", "single-root-cause",
        "wrong-hypotheses-cost", "team-engaged-late", "action-without-owner", "action-without-due-date", "action-without-ticket",
        "vague-action",         "action-mix", "immediately-but-later", "alert-behind-dashboard", "sections-worth-adding",
    }  # fmt: skip
    assert set(FINDINGS) == wanted
    assert exit_code(RUN, "error") == exit_code(RUN, "info") == 1
    assert exit_code(RUN, "never") == 0
