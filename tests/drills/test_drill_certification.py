"""What certification calls passed, and what it plays."""

import pytest
from drill_parts import course

from poise.app.drill_lanes import Job, jobs, seeds_of
from poise.app.drill_place import DrillError
from poise.drills import certification
from poise.drills.scenarios.d05_full_listener import blocked


def test_doing_nothing_solves_only_what_is_nothing() -> None:
    wrong, nothing = course("D01"), course("D20")
    assert [certification.idle(wrong, quality, "").passed for quality in ("none", "durable")] == [True, False]
    assert [certification.idle(nothing, quality, "").passed for quality in ("none", "durable")] == [False, True]


def test_a_fix_that_a_restart_undoes_is_none_and_a_trap_is_no_fix() -> None:
    assert not certification.fix("x", "runtime only", "").passed
    assert not certification.fix("x", "workaround", "").passed
    assert certification.not_a_fix("shortcut", "x", "runtime only", "").passed
    assert not certification.not_a_fix("shortcut", "x", "durable", "").passed


def test_a_symptom_that_was_not_measured_is_no_symptom() -> None:
    drill = course("D01")
    low, high = drill.band
    passed = [certification.symptom(drill, value).passed for value in (None, low - 0.01, (low + high) / 2, high + 0.01)]
    assert passed == [False, False, True, False]


def test_drills_with_one_page_are_told_apart_by_a_clue_of_both() -> None:
    assert certification.told_apart(course("D01"), course("D19")).passed
    assert certification.told_apart(course("D19"), course("D01")).passed
    assert not certification.told_apart(course("D01"), course("D01")).passed


def test_a_clue_out_of_its_range_or_not_measured_fails() -> None:
    found = {each.what: each.passed for each in certification.evidence(course("D01"), {"top-share": 0.25, "bypass-ms": 1.0})}
    assert found == {"clue: top-share": False, "clue: bypass-ms": True, "clue: database-ms": False}


def test_jobs_are_every_product_and_a_seed_is_full_or_brief() -> None:
    assert jobs(("D01",), (1,), (1, 2)) == [Job("D01", 1, "haproxy", False), Job("D01", 2, "haproxy", True)]
    assert {job.product for job in jobs(("d09",), (1,), ())} == {"haproxy", "nginx"}
    assert list(seeds_of("1-3,7")) == [1, 2, 3, 7]
    for wrong in (lambda: jobs(("D99",), (1,), ()), lambda: jobs(("D01",), (1,), (), "envoy"), lambda: seeds_of("two")):
        with pytest.raises(DrillError):
            wrong()


@pytest.mark.parametrize(("places", "offered", "lost"), [(1, 1.0, 0.5), (2, 1.0, 0.2), (5, 3.0, 0.1101)])
def test_erlangs_b_is_that_of_the_tables(places: int, offered: float, lost: float) -> None:
    assert blocked(places, offered) == pytest.approx(lost, abs=1e-4)
