"""The export by its contract and schema, and the text view."""

import json
from datetime import datetime
from importlib.resources import files

import jsonschema
from november_story import incident

from poise.incidents.lifecycle import fold, opened
from poise.incidents.summary import summary
from poise.report.incident_json import incident_json
from poise.report.incident_text import incident_list, incident_text


def test_the_export_keeps_the_contract() -> None:
    document = json.loads(incident_json(incident()))
    schema = json.loads(files("poise.report").joinpath("schemas", "incident.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    jsonschema.validate(json.loads(incident_json(fold([], "x"))), schema)
    first = ["version", "id", "title", "severity", "status", "times", "impact", "timeline", "hypotheses", "action_items"]
    assert list(document)[: len(first)] == first
    detected = {"at": "2023-11-10T13:45:00Z", "source": "observed", "zone": "UTC", "by": "dashboard", "event": 0}
    assert document["times"]["detected"] == detected
    failed = {
        "requests_failed": 403387,
        "share_of_requests": 0.327,
        "clients": None,
        "cost": 10084.68,
        "share_of_clients": None,
        "event": 0,
    }
    assert document["impact"] == failed
    assert document["hypotheses"][0]["minutes"] == 135
    assert document["hypotheses"][2]["evidence"][0] == {
        "observable": "share of app1",
        "expected": 0.25,
        "observed": 0.989,
        "bits": 12.3,
        "source": "show stat",
    }
    assert document["action_items"][0]["owner"] is None
    instants = [datetime.fromisoformat(line["at"]) for line in document["timeline"]]
    assert instants == sorted(instants)


def test_the_text_says_the_same() -> None:
    text = incident_text(incident())
    for said in (
        "Cause found     2023-11-10 17:45:00 (stated, 4 h after detection)",
        "3 h 30 min, 73.7 % of the time from detection to the end, went to wrong hypotheses",
        "requests failed 403,387 (32.7 % of the requests)",
        "  1 ✗ The database is slow (database): ruled out, 2 h 15 min",
        "      - statement_ms of main: 0.16, expected 120 (pg_stat_statements)",
        "  3 ✓ The weights of pool web are uneven (load-balancer): confirmed, 15 min",
    ):
        assert said in text, said
    assert incident_list([summary(incident())]).splitlines()[1].split("  ") == [
        "2023-11-10-1",
        "resolved",
        "2023-11-10 13:43",
        "4 h 47 min",
        "Requests distributed unevenly over pool web",
    ]


def test_a_terminal_is_not_steered_by_a_title() -> None:
    at = datetime.fromisoformat("2023-11-10T13:45:00+00:00")
    story = fold([opened(at, at, "x", "\x1b]0;owned\x07\x1b[2J title", "error")], "\x1b[31mid")
    assert "\x1b" not in incident_text(story) + incident_list([summary(story)])
