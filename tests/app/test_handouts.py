"""The sheets of a training session: made from the guide, whole, to be printed."""

import re
from itertools import pairwise
from pathlib import Path

from poise.app.guide import guide
from poise.app.handouts import handouts, write


def test_every_sheet_is_one_file_that_fetches_and_runs_nothing(tmp_path: Path) -> None:
    written = write(tmp_path / "sheets")
    assert {path.name for path in written} == {"agenda.html", "tree.html", "roles.html", "checklists.html", "guesses.html"}
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<img|<link rel=.stylesheet|https?://[^ <]*\.(js|css)", text)
        assert "default-src &#39;none&#39;" in text


def test_the_agenda_fills_two_hours_without_a_gap() -> None:
    spans = re.findall(r"^\| (\d+)–(\d+) \|", handouts()["agenda.html"][1], re.MULTILINE)
    minutes = [(int(a), int(b)) for a, b in spans]
    assert minutes[0][0] == 0
    assert minutes[-1][1] == 120
    assert all(one[1] == other[0] for one, other in pairwise(minutes))


def test_the_checklists_are_those_of_the_chapters() -> None:
    sheet = handouts()["checklists.html"][1]
    for name in ("distribution", "health-checks", "limits-and-queues", "timeouts", "retries"):
        boxes = re.findall(r"^- \[ \] .*$", guide()[name].text, re.MULTILINE)
        assert len(boxes) >= 5
        assert all(box in sheet for box in boxes)


def test_what_the_tree_says_stands_on_its_sheet(tmp_path: Path) -> None:
    write(tmp_path)
    text = (tmp_path / "tree.html").read_text(encoding="utf-8")
    steps = re.findall(r"^## (\d\. .*)$", guide()["troubleshooting"].text, re.MULTILINE)
    assert len(steps) >= 5
    for step in steps:
        assert step.split("?")[0] in text
    assert "../faults" not in text
