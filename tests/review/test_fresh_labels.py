"""The labels written by another hand point at the words they mean; no document is read by poise here."""

import json
from pathlib import Path
from typing import Any

import pytest

FRESH = Path(__file__).parent / "fresh"
LABELS = sorted(FRESH.glob("*/*.json"))
MILESTONES = {"impact_started", "detected", "acknowledged", "cause_found", "mitigated", "resolved"}


def entries(file: Path) -> list[dict[str, Any]]:
    label = json.loads(file.read_text(encoding="utf-8"))
    return label if isinstance(label, list) else [label]


def places(label: dict[str, Any]) -> list[tuple[int, str]]:
    """Each line a label names, with the words it quotes from it."""
    single = [*label["timeline"], *label["action_items"], label["cause"]]
    pairs = [(one["line"], one["quote"]) for one in single]
    for found in label["contradictions"]:
        pairs += zip(found["lines"], found["quotes"], strict=True)
    return pairs


@pytest.mark.parametrize("file", LABELS, ids=lambda file: file.stem)
def test_quotes_stand_where_the_label_says(file: Path) -> None:
    for label in entries(file):
        lines = (file.parent / label["document"]).read_text(encoding="utf-8").split("\n")
        assert Path(label["document"]).stem == file.stem
        assert set(label["times"]) == MILESTONES
        for line, quote in places(label):
            assert quote and quote in lines[line - 1], f"line {line} does not hold {quote!r}"


def test_every_document_has_a_label() -> None:
    documents = {file.with_suffix("") for file in FRESH.glob("*/*") if file.suffix in {".md", ".txt"}}
    assert documents == {file.with_suffix("") for file in LABELS}
