"""The examination holds: what was written to be found is found at its line, and what is well is left alone, whatever is installed here."""

from pathlib import Path

import pytest
from tests.audit.examination import HERE, Case, audited, audited_good, cases, caught, good_files, loud, right_rules

from poise.reading.installed import Installed

# The first set shaped the rules after its first run; the others were looked at for what is general only.
SETS = {"first": (HERE, 0.98), "second": (HERE / "second", 0.95), "third": (HERE / "third", 0.98)}


@pytest.fixture(autouse=True, params=["installed", "assumed"])
def judged_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the versions that are installed here, and by those that poise assumes where none is."""
    if request.param == "assumed":
        monkeypatch.setattr(Installed, "ask", lambda self, product: None)
        monkeypatch.setattr(Installed, "version", lambda self, product: None)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SETS)
def test_faults_are_caught_and_twins_are_silent(name: str) -> None:
    root, least = SETS[name]
    found, rules = list(cases(root / "cases")), right_rules()
    assert len(found) >= 150
    missed = [case.name for case in found if not caught(case, audited(case, "bad"), rules(case))]
    alarms = [_told(case) for case in found if loud(audited(case, "good"))]
    assert len(missed) <= (1 - least) * len(found), missed
    assert len(alarms) <= 0.02 * len(found), alarms


@pytest.mark.timeout(600)
def test_good_configurations_are_read_and_left_alone() -> None:
    files: list[Path] = [path for root, _ in SETS.values() for _, path in good_files(root / "good")]
    assert len(files) >= 40
    results = [audited_good(path) for path in files]
    assert [c for found in results for c in found.could_not] == []
    assert sum(len(loud(found)) for found in results) < len(files) / 10


def _told(case: Case) -> str:
    return f"{case.name}: {[f.rule for f in loud(audited(case, 'good'))]}"
