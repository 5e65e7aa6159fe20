"""What people do in an incident from the command line: kept, told by number, safe to repeat; and what cannot be done says why."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from poise.cli.incident import command
from poise.cli.root import root
from poise.report.schema import schema
from poise.store.incident_finder import MOST_BYTES

DAY = "2023-11-10T"


class Desk:
    """`poise incident` on one store."""

    def __init__(self, store: Path) -> None:
        self.store = store

    def __call__(self, *arguments: str, code: int = 0, given: bytes | None = None) -> str:
        done = CliRunner().invoke(command, arguments, env={"POISE_STORE": str(self.store)}, input=given)
        assert done.exit_code == code, (arguments, done.output, done.exception)
        return done.stdout if code == 0 else done.stderr

    def document(self) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]] = json.loads(self("show", "last", "--format", "json"))
        return found


@pytest.fixture
def poise(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "i.db")
    desk("open", "Slow checkouts", "--at", f"{DAY}13:50Z", "--who", "on call", "--about", "pool web")
    return desk


def test_the_response_by_hand(poise: Desk) -> None:
    poise("role", "last", "incident commander", "on call", "--at", f"{DAY}13:55Z")
    poise("hypothesis", "last", "The database is slow", "--layer", "database", "--owner", "web team", "--at", f"{DAY}14:15Z")
    poise("hypothesis", "last", "The network loses packets", "--layer", "network", "--at", f"{DAY}14:16Z")
    poise("hypothesis", "last", "1", "--owner", "database team", "--at", f"{DAY}15:00Z")
    poise("team", "last", "database team", "--layer", "database", "--at", f"{DAY}15:00Z")
    found = ("--observed", "0", "--expected", "many", "--source", "pg_locks", "--at", f"{DAY}15:10Z")
    poise("evidence", "last", "the DATA", "sessions that wait for a lock", "--against", "--bits", "4", *found)
    poise("evidence", "last", "network", "retransmits", "--for", "--at", f"{DAY}15:11Z", "--who", "network team")
    poise("link", "last", "https://grafana.example/d/7", "p99 by server", "--hypothesis", "2")
    poise("team", "last", "database team", "--released", "--at", f"{DAY}16:30Z")
    poise("decide", "last", "roll", "back", "haproxy.cfg", "--at", f"{DAY}17:45Z")
    poise("say", "last", "done,", "--who", "on call", "it", "recovers", "--at", f"{DAY}18:00Z")
    poise("task", "last", "Ask the provider", "--owner", "network team", "--due", f"{DAY}15:30Z", "--at", f"{DAY}15:00Z")
    poise("task", "last", "1", "--state", "done", "--at", f"{DAY}15:20Z")
    poise("action", "last", "Refuse weights above 200", "--kind", "prevent", "--at", f"{DAY}18:40Z")
    poise("action", "last", "1", "--owner", "platform", "--due", "2023-12-01", "--ticket", "OPS-1", "--verification", "audit exits 1")
    poise("impact", "last", "--requests-failed", "403387", "--share-of-clients", "0.8")
    poise("impact", "last", "--cost", "10084.68")
    poise("status", "last", "closed")
    poise("status", "last", "open")
    d = poise.document()
    assert (d["origin"], d["about"], d["status"], d["opened_by"]) == ("hand", ["pool web"], "open", "on call")
    assert d["impact"] == {
        "requests_failed": 403387,
        "share_of_requests": None,
        "clients": None,
        "cost": 10084.68,
        "share_of_clients": 0.8,
        # Two events open it, and the second figure is the seventeenth act after that.
        "event": 19,
    }
    board = {str(h["layer"]): h for h in d["hypotheses"]}
    assert board["database"]["owner"] == "database team"
    assert board["database"]["state"] == "open"
    assert board["database"]["evidence"] == [
        {"observable": "sessions that wait for a lock", "expected": "many", "observed": 0, "bits": -4, "source": "pg_locks"}
    ]
    assert board["network"]["evidence"] == [
        {"observable": "retransmits", "expected": None, "observed": None, "bits": 1, "source": "network team, by hand"}
    ]
    assert d["links"][0]["hypothesis"] == board["network"]["id"]
    assert [(t["name"], t["engaged"], t["released"], t["layer"]) for t in d["teams"]] == [
        ("database team", f"{DAY}15:00:00Z", f"{DAY}16:30:00Z", "database")
    ]
    assert [(t["text"], t["state"], t["closed"]) for t in d["tasks"]] == [("Ask the provider", "done", f"{DAY}15:20:00Z")]
    item = d["action_items"][0]
    assert [item[key] for key in ("text", "verb", "kind", "owner", "due", "ticket", "verification", "state")] == [
        "Refuse weights above 200",
        "Refuse",
        "prevent",
        "platform",
        "2023-12-01",
        "OPS-1",
        "audit exits 1",
        "open",
    ]
    said = [(e["kind"], e["text"]) for e in d["timeline"]]
    assert ("decision", "roll back haproxy.cfg") in said
    assert ("note", "done, it recovers") in said
    shown = poise("show", "last")
    for words in (
        "incident commander: on call",
        "database team (database): from 2023-11-10 15:00:00 to 2023-11-10 16:30:00",
        "1 [x] Ask the provider (network team; due 2023-11-10 15:30:00)",
        "p99 by server  https://grafana.example/d/7",
        "about pool web",
        "pursued by database team",
    ):
        assert words in shown, words


def test_an_act_that_is_repeated_is_kept_once(poise: Desk) -> None:
    """A retry, as after a lost connection: each command twice, word for word, with the time of its own."""
    acts = [
        ("say", "last", "we restart it"),
        ("task", "last", "Ask the provider"),
        ("action", "last", "Add a test", "--kind", "detect"),
        ("team", "last", "database team"),
        ("team", "last", "database team", "--released"),
        ("status", "last", "closed"),
    ]
    for number, act in enumerate(acts):
        first = poise(*act, "--event-id", f"retry {number}", "--who", "on call")
        assert first.startswith("kept as event ")
        assert poise(*act, "--event-id", f"retry {number}", "--who", "on call") == first
    # opened, detected, and of the acts each one event; a status is two.
    assert len(poise("show", "last", "--history").splitlines()) == 2 + len(acts) + 1
    assert "stands for another event" in poise("say", "last", "something else", "--event-id", "retry 0", "--who", "on call", code=2)


def test_a_time_is_read_from_the_clock_that_is_named(poise: Desk) -> None:
    poise("time", "last", "detected", f"{DAY}14:45", "--zone", "Europe/Berlin", "--who", "on call")
    poise("time", "last", "impact_started", f"{DAY}08:40-05:00")
    d = json.loads(poise("show", "last", "--format", "json"))
    assert (d["times"]["detected"]["at"], d["times"]["detected"]["zone"]) == (f"{DAY}13:45:00Z", "Europe/Berlin")
    assert (d["times"]["impact_started"]["at"], d["times"]["impact_started"]["zone"]) == (f"{DAY}13:40:00Z", "UTC-05:00")
    assert [(c["name"], c["before"] and c["before"]["at"], c["after"]["at"], c["by"]) for c in d["time_changes"]][:2] == [
        ("detected", None, f"{DAY}13:50:00Z", "on call"),
        ("detected", f"{DAY}13:50:00Z", f"{DAY}13:45:00Z", "on call"),
    ]
    for instant, zone, why in (
        # 29 October 2023, 03:00 summer time became 02:00; on 26 March 02:00 became 03:00.
        ("2023-10-29T02:30", "Europe/Berlin", "twice or not at all"),
        ("2023-03-26T02:30", "Europe/Berlin", "twice or not at all"),
        (f"{DAY}14:45Z", "Europe/Berlin", "has its offset already"),
        (f"{DAY}14:45", "Mars/Olympus", "is no time zone"),
        (f"{DAY}14:45", "../etc/passwd", "is no time zone"),
    ):
        assert why in " ".join(poise("time", "last", "detected", instant, "--zone", zone, code=2).split())
    assert "name its zone with --zone" in " ".join(poise("time", "last", "detected", f"{DAY}14:45", code=2).split())


def test_a_file_comes_back_as_it_was(poise: Desk, tmp_path: Path) -> None:
    graph, back = tmp_path / "graph.png", tmp_path / "back.png"
    graph.write_bytes(bytes(range(256)))
    poise("attach", "last", str(graph))
    poise("attach", "last", "-", "--name", "log.txt", given=b"line 1\n")
    poise("fetch", "last", "graph.png", "--output", str(back))
    assert back.read_bytes() == graph.read_bytes()
    assert [(a["name"], a["media_type"], a["size_bytes"]) for a in poise.document()["attachments"]] == [
        ("graph.png", "image/png", 256),
        ("log.txt", "text/plain", 7),
    ]
    assert "kept are: graph.png, log.txt" in poise("fetch", "last", "other", "--output", str(back), code=2)
    graph.write_bytes(bytes(MOST_BYTES + 1))
    assert "poise incident link" in poise("attach", "last", str(graph), code=2)
    assert "could not read" in poise("attach", "last", str(tmp_path / "none"), code=2)


def test_what_was_said_is_found(poise: Desk) -> None:
    poise("say", "last", "rolled back haproxy.cfg on lb1")
    poise("open", "Another day")
    assert "Slow checkouts" in poise("search", "haproxy", "lb*")
    assert poise("search", "nowhere") == "Nothing says all these words.\n"
    found = json.loads(poise("search", "checkouts", "--format", "json"))
    assert [(f["title"], f["text"]) for f in found["found"]] == [("Slow checkouts", "Slow checkouts")]
    jsonschema.validate(found, json.loads(schema("incident-search")), format_checker=jsonschema.FormatChecker())
    assert "holds no word" in poise("search", "?!", code=2)
    listed = poise("list", "--most", "1")
    assert "Another day" in listed
    assert "Slow" not in listed
    assert "There are older ones: --most 10" in listed


def test_what_could_not_be_done_says_what_to_do(poise: Desk) -> None:
    for arguments, why in (
        (("evidence", "last", "7", "x", "--for"), "Open one with `poise incident hypothesis`"),
        (("task", "last", "3"), "there is no task 3: there are 0"),
        (("action", "last", "Add a test"), "--kind with one of prevent"),
        (("team", "last", "database team", "--released"), "engaged are: none"),
        (("say", "last", " "), "what is said is empty"),
        (("open", " "), "the title is empty: nothing was kept; write it behind `open`"),
        (("note", "last", ""), "the note is empty"),
        (("hypothesis", "last", "", "--layer", "database"), "the hypothesis is empty"),
        (("digest", "--output", "/"), "/: Is a directory"),
        (("impact", "last"), "--requests-failed"),
        (("say", "2019", "x"), "`poise incident list` shows all"),
        (("evidence", "last", "7", "x"), "--for or --against"),
        (("role", "last", "scribe"), "--given-back"),
    ):
        assert why in " ".join(poise(*arguments, code=2).split()), arguments
    poise("hypothesis", "last", "The database is slow", "--layer", "database")
    poise("hypothesis", "last", "The database is locked", "--layer", "database")
    said = poise("evidence", "last", "database", "x", "--for", code=2)
    assert "means several hypotheses" in said
    assert "2 The database is locked" in said


def test_the_shell_completes_ids(poise: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_STORE", str(poise.store))
    name = poise.document()["id"]
    complete = ShellComplete(root, {}, "poise", "_POISE_COMPLETE")
    assert [(c.value, c.help) for c in complete.get_completions(["incident", "show"], "2023")] == [(name, "Slow checkouts")]
    assert [c.value for c in complete.get_completions(["incident", "say"], "")] == ["last", name]
    assert "hypothesis" in [c.value for c in complete.get_completions(["incident"], "hyp")]
    monkeypatch.setenv("POISE_STORE", str(poise.store.with_name("none.db")))
    assert complete.get_completions(["incident", "show"], "") == []


def test_each_command_shows_how_it_is_used() -> None:
    for name, each in command.commands.items():
        assert each.epilog is not None, name
        assert each.epilog.startswith(f"Example: poise incident {name} "), name
        assert each.help, name
