"""A change of folders that have a poise.toml each: every pool is held against the nearest, both sides against the new one's."""

from datetime import date
from pathlib import Path

import pytest

from poise.app.diff import diff
from poise.model.forecast import ConfigurationDiff

TODAY = date(2026, 1, 1)
EVEN = "listen web\n bind :80\n server a 10.0.0.1:80 check\n server b 10.0.0.2:80 check\n"
UNEVEN = EVEN.replace("10.0.0.1:80 check", "10.0.0.1:80 check weight 9")
STRICT = "[pool.web]\nmax_share = 0.6\n"
ACCEPTED = '[accept.uneven-weights]\npool = "web"\nby = "me"\nbecause = "a is larger"\nuntil = 2027-01-31\n'


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("lb", "edge", "plain"):
        write(tmp_path, {f"old/{name}/haproxy.cfg": EVEN, f"new/{name}/haproxy.cfg": UNEVEN})
    write(tmp_path, {"new/lb/poise.toml": STRICT, "new/edge/poise.toml": ACCEPTED})
    return tmp_path


def broken(made: ConfigurationDiff) -> dict[str, list[str]]:
    return {pool.file: [check.need for check in pool.needs_broken] for pool in made.pools}


def rules(findings: ConfigurationDiff, rule: str) -> list[str]:
    return [f.location.file for f in findings.findings_gained if f.rule == rule]


def test_each_pool_is_held_against_the_nearest(here: Path) -> None:
    made = diff("old", "new", None, TODAY)
    assert broken(made) == {"new/edge/haproxy.cfg": [], "new/lb/haproxy.cfg": ["max_share"], "new/plain/haproxy.cfg": []}
    assert rules(made, "max-share-exceeded") == ["new/lb/haproxy.cfg"]
    assert rules(made, "uneven-weights") == ["new/lb/haproxy.cfg", "new/plain/haproxy.cfg"]
    # What a rule about the change itself says is accepted by none of them.
    assert rules(made, "share-grows") == [f"new/{name}/haproxy.cfg" for name in ("edge", "lb", "plain")]
    said = "its needs and acceptances hold for the 1 configuration that it is nearest to"
    assert {(r.what, r.text) for r in made.remarks} == {("new/edge/poise.toml", said), ("new/lb/poise.toml", said)}
    assert made.could_not == ()


def test_the_one_of_the_folder_holds_for_the_others(here: Path) -> None:
    write(here, {"new/poise.toml": STRICT})
    assert broken(diff("old", "new", None, TODAY)) == {
        "new/edge/haproxy.cfg": [],
        "new/lb/haproxy.cfg": ["max_share"],
        "new/plain/haproxy.cfg": ["max_share"],
    }


def test_one_that_was_named_is_for_all(here: Path) -> None:
    made = diff("old", "new", "new/lb/poise.toml", TODAY)
    assert set(map(tuple, broken(made).values())) == {("max_share",)}
    assert made.remarks == ()


def test_both_sides_are_held_against_the_new_one(here: Path) -> None:
    write(here, {"old/lb/poise.toml": "[pool.web]\nmax_share = 0.3\n", "old/edge/haproxy.cfg": UNEVEN})
    made = diff("old", "new", None, TODAY)
    # 50 % was within 60 %: the need is broken by the change, whatever the old file wanted.
    assert broken(made)["new/lb/haproxy.cfg"] == ["max_share"]
    # Accepted on both sides: neither gained nor lost.
    assert not [f for f in (*made.findings_gained, *made.findings_lost) if "edge" in f.location.file]


def test_a_mistake_in_one_of_them_is_told_once(here: Path) -> None:
    write(here, {"new/lb/poise.toml": "[pool.wbe]\nsurvive = 1\n"})
    (told,) = diff("old", "new", None, TODAY).could_not
    assert (told.what, "Did you mean `web`?" in told.reason) == ("new/lb/poise.toml", True)


def test_of_alike_configurations_the_one_in_the_same_folder_was_before(here: Path) -> None:
    for name in ("edge", "plain"):
        (here / "new" / name / "haproxy.cfg").unlink()
    write(here, {"old/edge/haproxy.cfg": UNEVEN, "new/lb/poise.toml": ACCEPTED})
    made = diff("old", "new", None, TODAY)
    assert rules(made, "share-grows") == ["new/lb/haproxy.cfg"]
    assert rules(made, "uneven-weights") == []
    # That of the folder which is removed is gone; it was accepted by nobody.
    assert [f.location.file for f in made.findings_lost if f.rule == "uneven-weights"] == ["old/edge/haproxy.cfg"]
