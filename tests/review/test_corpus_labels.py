"""The labels of the corpus are well formed: known words, lines that exist, and each labelled line holds something like a time."""

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LABELS = sorted((HERE / "labels" / "corpus").glob("*.json"))
DOCUMENTS = sorted(path for path in (HERE / "corpus").iterdir() if path.name != "README.md")
MILESTONES = ["impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved"]
KINDS = {"detection", "action", "hypothesis", "cause", "mitigation", "resolution", "other"}
LAYERS = {"load-balancer", "application", "database", "network", "demand", "outside"}
WORKS = {"prevent", "detect", "mitigate", "process", "document"}
TIME = re.compile(r"(\d{4}-\d\d-\d\d|)T\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|)|\d{4}-\d\d-\d\d")
# A clock in digits, or words that stand for one.
CLOCK = re.compile(
    r"\d{1,2} ?[:.h] ?\d\d|\b\d{3,4} ?h|\d ?[ap]\.?m|\b\d{4}\b|T\s?[+-] ?\d|[+-]\d+ ?(min|h)|noon|midnight|o'clock|"
    r"half past|quarter (past|to)|\d+ (minutes|hours)|"
    r"\b(minutes?|hours?|moments?|while|afterwards|thereafter|earlier|later|after|before)\b",
    re.IGNORECASE,
)


def incidents(path: Path) -> list[dict]:
    label = json.loads(path.read_text())
    return label if isinstance(label, list) else [label]


def test_each_document_has_a_label_and_each_label_a_document() -> None:
    assert [path.stem for path in DOCUMENTS] == [path.stem for path in LABELS]
    assert {entry["document"] for path in LABELS for entry in incidents(path)} == {path.name for path in DOCUMENTS}


@pytest.mark.parametrize("path", LABELS, ids=[path.stem for path in LABELS])
def test_label_is_well_formed(path: Path) -> None:
    for label in incidents(path):
        lines = (HERE / "corpus" / label["document"]).read_text().split("\n")
        assert list(label) == [
            "document", "declared", "times", "timeline", "cause", "action_items", "contradictions", "language", "unsure",
        ]  # fmt: skip
        assert list(label["times"]) == MILESTONES
        assert list(label["declared"]) == ["start", "end", "minutes"]
        stated = [label["declared"]["start"], label["declared"]["end"], *label["times"].values()]
        for time in [entry["time"] for entry in label["timeline"]] + [time for time in stated if time]:
            assert TIME.fullmatch(time), time
            if not time.startswith("T"):
                datetime.fromisoformat(time)
        for entry in label["timeline"]:
            assert entry["kind"] in KINDS
            assert CLOCK.search(lines[entry["line"] - 1]), (entry, lines[entry["line"] - 1])
        assert set(label["cause"]["layers"]) <= LAYERS
        for line in [label["cause"]["line"], *(entry["line"] for entry in label["action_items"])]:
            assert line is None or lines[line - 1].strip()
        assert all(entry["kind"] in WORKS for entry in label["action_items"])
        for entry in label["contradictions"]:
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", entry["rule"])
            assert entry["lines"]
            assert all(lines[line - 1].strip() for line in entry["lines"])
        if label["language"] != "en":
            assert not label["timeline"] + label["action_items"] + label["contradictions"] + label["cause"]["layers"]


def test_both_halves_hold_as_many_contradicted_documents() -> None:
    count = Counter(
        (int(path.stem[:2]) % 2, any(label["contradictions"] for label in incidents(path)))
        for path in LABELS
        if all(label["language"] == "en" for label in incidents(path))
    )
    assert count[0, True] == count[1, True]
    assert count[0, False] == count[1, False]
