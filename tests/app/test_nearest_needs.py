"""The poise.toml that holds where nobody named one: the nearest to the configuration, and which one it is is said."""

from datetime import date
from pathlib import Path

import pytest

from poise.app.audit import AuditOptions, audit
from poise.app.diff import diff
from poise.app.needs import needs_file
from poise.app.predict import predict
from poise.reading.read import Sources

CONFIG = "listen web\n bind :80\n server a 10.0.0.1:80 check\n server b 10.0.0.2:80 check weight 9\n"
STRICT = "[pool.web]\nmax_share = 0.6\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "out" / "repo" / "lb" / "edge").mkdir(parents=True)
    (tmp_path / "out" / "repo" / "lb" / "edge" / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "out"


def breaks(*paths: str | Path) -> tuple[bool, list[str]]:
    """Whether the need is held against the pool, and what is said of where it stands; alike for all commands."""
    named = Sources(tuple(map(str, paths)))
    found = audit(named, AuditOptions(), date(2026, 1, 1))
    made = predict(named)
    change = diff(str(paths[0]), str(paths[0]), None, date(2026, 1, 1))
    said = [[r.what for r in each.remarks if "hold" in r.text] for each in (found, made, change)]
    assert said[0] == said[1] == said[2]
    held = any(f.rule == "max-share-exceeded" for f in found.findings)
    assert held == any(not check.met for pool in made.pools for check in pool.needs)
    where = needs_file(None, str(paths[0]))
    assert held == (where is not None)
    return held, said[0]


def test_the_nearest_above_counts_up_to_the_root_of_the_repository(tree: Path) -> None:
    config = tree / "repo" / "lb" / "edge" / "haproxy.cfg"
    (tree / "poise.toml").write_text(STRICT)
    (tree / "repo" / ".git").mkdir()
    assert breaks(config) == (False, [])
    (tree / "repo" / "poise.toml").write_text(STRICT)
    assert breaks(config) == breaks(config.parent) == (True, [str(tree / "repo" / "poise.toml")])
    (tree / "repo" / "lb" / "poise.toml").write_text(STRICT)
    assert breaks(config) == (True, [str(tree / "repo" / "lb" / "poise.toml")])
    (config.parent / "poise.toml").write_text(STRICT)
    assert breaks(config) == breaks(config.parent) == (True, [])


def test_outside_of_a_repository_and_of_the_working_folder_none_above_counts(tree: Path) -> None:
    (tree / "poise.toml").write_text(STRICT)
    assert breaks(tree / "repo" / "lb" / "edge" / "haproxy.cfg") == (False, [])


def test_the_working_folder_above_counts_and_ends_the_search(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "repo")
    (tree / "poise.toml").write_text(STRICT)
    assert breaks("lb/edge/haproxy.cfg") == (False, [])
    (tree / "repo" / "lb" / "poise.toml").write_text(STRICT)
    assert breaks("lb/edge/haproxy.cfg") == (True, ["lb/poise.toml"])


def test_else_that_of_the_working_folder(tree: Path) -> None:
    Path("poise.toml").write_text(STRICT)
    config = tree / "repo" / "lb" / "edge" / "haproxy.cfg"
    assert breaks(config) == (True, ["poise.toml"])
    # Pools that it declares for other files are no mistake here.
    Path("poise.toml").write_text("[pool.database]\nmax_share = 0.6\n")
    assert not audit(Sources((str(config),)), AuditOptions(), date(2026, 1, 1)).could_not


def test_each_configuration_of_a_folder_is_audited_by_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("strict", "loose", "none"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "strict" / "poise.toml").write_text(STRICT)
    accepted = '[accept.uneven-weights]\npool = "web"\nby = "me"\nbecause = "one is larger"\nuntil = 2027-01-31\n'
    idle = accepted.replace("uneven-weights", "duplicate-address")
    (tmp_path / "loose" / "poise.toml").write_text(f"{accepted}[pool.wbe]\nsurvive = 1\n{idle}")
    found = audit(Sources((".",)), AuditOptions(), date(2026, 1, 1))
    of_shares = [(f.rule, f.location.file) for f in found.findings if f.rule in ("uneven-weights", "max-share-exceeded", "ignore-comment")]
    assert sorted(of_shares) == [
        ("ignore-comment", "loose/poise.toml"),
        ("max-share-exceeded", "strict/haproxy.cfg"),
        ("uneven-weights", "none/haproxy.cfg"),
        ("uneven-weights", "strict/haproxy.cfg"),
    ]
    assert [f.location.file for f, _ in found.accepted] == ["loose/haproxy.cfg"]
    assert [(c.what, "Did you mean `web`?" in c.reason) for c in found.could_not] == [("loose/poise.toml", True)]
    said = "its needs and acceptances hold for the 1 configuration that it is nearest to"
    assert {(r.what, r.text) for r in found.remarks if "hold" in r.text} == {("strict/poise.toml", said), ("loose/poise.toml", said)}
    # One that was named is for all.
    named = audit(Sources((".",)), AuditOptions(needs="strict/poise.toml"), date(2026, 1, 1))
    assert sum(f.rule == "max-share-exceeded" for f in named.findings) == 3
    made = predict(Sources((".",)))
    assert [(pool.file, [check.met for check in pool.needs if check.need == "max_share"]) for pool in made.pools] == [
        ("loose/haproxy.cfg", []),
        ("none/haproxy.cfg", []),
        ("strict/haproxy.cfg", [False]),
    ]


def test_a_working_folder_that_is_gone_stops_nobody(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "gone").mkdir()
    monkeypatch.chdir(tree / "gone")
    (tree / "gone").rmdir()
    config = tree / "repo" / "lb" / "edge" / "haproxy.cfg"
    assert breaks(config) == (False, [])
    (config.parent / "poise.toml").write_text(STRICT)
    assert breaks(config) == (True, [])


@pytest.mark.parametrize("folder", ["repo", "repo/lb", "repo/lb/edge"])
def test_that_of_the_repository_holds_from_every_folder_of_it(tree: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    (tree / "repo" / ".git").mkdir()
    held = tree / "repo" / "poise.toml"
    held.write_text(STRICT)
    monkeypatch.chdir(tree / folder)
    config = (tree / "repo" / "lb" / "edge" / "haproxy.cfg").relative_to(tree / folder)
    assert breaks(config) == (True, ["poise.toml" if folder == "repo" else str(held)])
    if folder == "repo/lb/edge":
        said = [r.text for r in predict(Sources((str(config),))).remarks]
        assert said[0].startswith("its needs and acceptances hold, as there is none in the working folder: it is the nearest")
