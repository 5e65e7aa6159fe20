"""The reliability picture: groups and error by arithmetic, the interval as Wilson's paper has it, files that are none refused."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from benchmarks.reliability import Group, error, groups, interval, picture, read


def test_the_error_is_the_mean_gap_by_size() -> None:
    said = [(0.95, True)] * 9 + [(0.95, False)] + [(0.35, False)] * 10
    found = groups(said)
    assert [(g.count, round(g.stated, 2), g.true) for g in found] == [(10, 0.35, 0.0), (10, 0.95, 0.9)]
    # (0.35 + 0.05) / 2
    assert error(found) == pytest.approx(0.2)
    assert error([]) == 0.0


def test_certainty_is_in_the_last_group() -> None:
    assert groups([(1.0, True)]) == [Group(1.0, 1.0, 1)]


def test_the_interval_of_none_of_ten_is_that_of_the_tables() -> None:
    # Wilson's score interval of 0 of 10 at 95 %: 0 to z²/(n + z²).
    low, high = interval(0.0, 10)
    assert low == pytest.approx(0.0, abs=1e-9)
    assert high == pytest.approx(1.96**2 / (10 + 1.96**2))


def test_verdicts_of_the_table_count_once_the_fault_has_shown(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    verdicts = [{"seconds": s, "probability": 0.5, "named": s > 8} for s in (3, 8, 20)]
    file.write_text(json.dumps({"verdicts": verdicts}) + "\n" + json.dumps({"probability": 0.9, "right": True}) + "\n")
    assert read(file) == [(0.5, False), (0.5, True), (0.9, True)]


def test_a_file_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"case": "x"}\n')
    with pytest.raises(ValueError, match=r"other\.jsonl:1"):
        read(file)


def test_the_picture_is_a_document_that_tells_its_figures() -> None:
    root = ET.fromstring(picture([("real & <drawn>", [(0.9, True)] * 9 + [(0.9, False)])]))  # noqa: S314 - our own picture
    told = " ".join(root.itertext())
    assert "real & <drawn>: 10 verdicts, expected calibration error 0.000" in told
    assert "said 0.90, right 0.90 of 10" in told
