"""A poise.toml that does not hold although it stands beside a configuration is told: its needs are checked by nobody."""

from datetime import date
from pathlib import Path

import pytest

from poise.app.audit import AuditOptions, audit
from poise.app.diff import diff
from poise.app.predict import predict
from poise.reading.read import Sources

CONFIG = "listen web\n bind :80\n server a 10.0.0.1:80 check\n server b 10.0.0.2:80 check weight 9\n"
TODAY = date(2026, 1, 1)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("lb", "edge"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "lb" / "poise.toml").write_text("[pool.web]\nmax_share = 0.6\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(path: str, needs: str | None = None) -> list[str]:
    made = diff(path, path, needs, TODAY)
    assert made.could_not == ()
    return [f"{remark.what}: {remark.text}" for remark in made.remarks]


ONLY = "it is not heeded: only the poise.toml nearest to what is named first holds. Name that folder by itself, or this file with --needs"


def test_one_of_a_folder_below_is_told_of_a_change(tree: Path) -> None:
    assert told(".") == [f"lb/poise.toml: {ONLY}"]
    assert [r.text for r in diff("edge/haproxy.cfg", ".", None, TODAY).remarks if "heeded" in r.text] == [ONLY]


def test_audits_and_forecasts_heed_it(tree: Path) -> None:
    for paths in ((str(tree),), (".",), ("edge", "lb")):
        assert [r.text for r in audit(Sources(paths), AuditOptions(), TODAY).remarks if "heeded" in r.text] == []
        assert [r.text for r in predict(Sources(paths)).remarks if "heeded" in r.text] == []


def test_the_one_that_holds_is_named_beside_it(tree: Path) -> None:
    (tree / "edge" / "poise.toml").write_text("")
    assert told(".")[0].startswith("edge/poise.toml: it is not heeded, nor is lb/poise.toml: only ")
    (tree / "poise.toml").write_text("")
    assert told(".")[0].startswith(
        "edge/poise.toml: it is not heeded, nor is lb/poise.toml: the poise.toml nearest to what is named first holds"
    )


@pytest.mark.parametrize("path", ["lb", "lb/", "./lb", "lb/haproxy.cfg", "edge"])
def test_where_it_holds_or_none_is_there_nothing_is_said(path: str, tree: Path) -> None:
    assert told(path) == told(str(tree / path)) == []


def test_nothing_is_said_where_one_was_named(tree: Path) -> None:
    assert told(".", needs="lb/poise.toml") == []
    (tree / "link").symlink_to("lb")
    assert told("link") == []
