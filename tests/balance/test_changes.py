"""Realistic changes, each with the story that its first line must tell: tests/balance/changes/NAME/{old,new}.* and expect.toml.

The words were written before the code, the shares are arithmetic.
"""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from poise.app.diff import diff
from poise.report import diff_text

CHANGES = sorted(path.parent for path in (Path(__file__).parent / "changes").glob("*/expect.toml"))


@pytest.mark.parametrize("folder", CHANGES, ids=lambda folder: folder.name)
def test_the_first_line_tells_the_story(folder: Path) -> None:
    expect = tomllib.loads((folder / "expect.toml").read_text())
    (old,), (new,) = folder.glob("old.*"), folder.glob("new.*")
    targets = expect.get("targets", {})
    made = diff(str(old), str(new), None, date(2026, 1, 1), targets.get("new", {}), targets.get("old"))
    assert not made.could_not
    web = next(pool for pool in made.pools if pool.pool == "web")
    if "moved" in expect:
        assert web.share_moved == pytest.approx(expect["moved"], abs=expect.get("within", 1e-4))
    assert web.share_moved <= expect.get("moved_at_most", 1)
    for server, share in expect.get("after", {}).items():
        assert {s.server: s.share for s in web.after}[server] == pytest.approx(share, abs=expect.get("within", 1e-4))
    assert web.story.startswith(expect.get("begins_with", ""))
    first = diff_text.text(made).splitlines()[0]
    for words in expect["says"]:
        assert words in web.story
        assert words in first
    for words in expect["says_not"]:
        assert words not in web.story
    if "keys" in expect:
        low, high = expect["keys"]
        assert web.keys_moved is None or low <= web.keys_moved <= high
        assert any(f"{percent} % of the keys change servers" in first for percent in range(round(100 * low), round(100 * high) + 1))
    for name, said in expect.get("other", {}).items():
        other = next(pool for pool in made.pools if pool.pool == name)
        assert [words for words in said if words not in other.story] == []
