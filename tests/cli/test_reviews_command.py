"""`poise reviews` as people call it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from poise.cli.main import run
from poise.model.configuration_review import Loss, Review, ReviewedFinding
from poise.report.schema import schema
from poise.store.review_log import ReviewLog

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> str:
    found = ReviewedFinding("uneven-weights", "error", "h.cfg", "web", "app1", "app1 gets \x1b[31m99 %")
    with ReviewLog(tmp_path / "s.db", timedelta(seconds=5)) as log:
        log.append("lb1", ("h.cfg",), Review(NOW), (), None)
        log.append("lb1", ("h.cfg",), Review(NOW, (found,), {"web": Loss("app2", "app1", 0.99)}), ("error: app1 gets 99 %",), 1)
    return str(tmp_path / "s.db")


def test_a_person_signs_what_was_found(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> str:
        assert not run(["reviews", *words, "--store", store])
        return capsys.readouterr().out

    assert said("list").splitlines()[0].startswith("2  2026-11-27 04:00 UTC  lb1: 1 findings") and "1 worse" in said("list")
    shown = said("show", "last")
    assert "Worse than review 1:" in shown and "\\x1b[31m" in shown and "\x1b" not in shown
    said("sign", "2", "--by", "Ada", "--note", "four machines")
    said("sign", "2", "--by", "Bob", "--note", "so it is")
    document = json.loads(said("list", "--format", "json"))
    Draft202012Validator(json.loads(schema("reviews"))).validate(document)
    signed = document["reviews"][0]["signed"]
    assert [(s["by"], s["note"]) for s in signed] == [("Ada", "four machines"), ("Bob", "so it is")]
    assert {s["digest"] for s in signed} == {document["reviews"][0]["digest"]}
    with ReviewLog(Path(store), timedelta(seconds=5)) as log:
        measure = log.measure("lb1", ("h.cfg",))
        assert measure is not None and measure.number == 2


@pytest.mark.parametrize(
    "words", [("sign", "2", "--by", " ", "--note", "x"), ("sign", "2", "--by", "Ada", "--note", ""), ("show", "9"), ("show", "x")]
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        raise SystemExit(run(["reviews", *words, "--store", store]))
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("poise reviews: ")
