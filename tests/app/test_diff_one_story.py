"""A change of a leastconn pool's weights under a declared load: the shares, the story and the findings tell one number."""

import re
from datetime import date
from pathlib import Path

import pytest

from poise.app.audit import AuditOptions, audit
from poise.app.diff import diff
from poise.reading.read import Sources

HEAD = "defaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\nlisten web\n bind :8080\n balance leastconn\n"
NEEDS = "[pool.web]\npeak_requests_per_second = 100\nservice_time_ms = 40\nconcurrency_per_server = 32\n"


def text(weight: int) -> str:
    """Three servers, the first of that weight."""
    return HEAD + "".join(f" server app{n} 10.0.0.{n}:80 check weight {weight if n == 1 else 1}\n" for n in (1, 2, 3))


@pytest.mark.parametrize("needs", [NEEDS, None])
def test_every_part_tells_the_same_share(tmp_path: Path, needs: str | None) -> None:
    """By weight it is 10/12. At four requests at once it is less: whoever is idle comes first, whatever its weight."""
    for name, weight in (("old.cfg", 1), ("new.cfg", 10)):
        (tmp_path / name).write_text(text(weight))
    if needs:
        (tmp_path / "poise.toml").write_text(needs)
    made = diff(str(tmp_path / "old.cfg"), str(tmp_path / "new.cfg"), None, date(2026, 11, 27))
    share = made.pools[0].after[0].share
    assert 0.5 < share < 0.75 if needs else share == pytest.approx(10 / 12)
    grows, uneven = (next(f.message for f in made.findings_gained if f.rule == rule) for rule in ("share-grows", "uneven-weights"))
    story = re.search(r"app1 33.3 % → (\d+\.\d) %", made.pools[0].story)
    assert story is not None
    assert story[1] == f"{100 * share:.1f}"
    assert f"from 33.3 % to {story[1]} %" in grows
    assert re.match(rf"app1 gets .*about {re.escape(story[1])} % of web's requests", uneven)


def test_weights_that_the_declared_load_does_not_feel_are_told_for_a_higher_one(tmp_path: Path) -> None:
    """A fifth of a request at once: nearly each finds all servers idle, and leastconn deals evenly. That is no harm, nor told as one."""
    (tmp_path / "haproxy.cfg").write_text(text(10))
    (tmp_path / "poise.toml").write_text(NEEDS.replace("= 100", "= 5"))
    found = audit(Sources((str(tmp_path / "haproxy.cfg"),)), AuditOptions(), date(2026, 11, 27)).findings
    (uneven,) = (f for f in found if f.rule == "uneven-weights")
    assert uneven.severity == "warning"
    assert uneven.message.startswith("app1 gets at a higher load than declared about 83.3 % of web's requests, 2 others 8.3 % each")
    assert "2.5 times its fair share" in uneven.why
