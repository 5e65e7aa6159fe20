"""Bits, by hand."""

from datetime import UTC, datetime
from math import log2

import pytest

from poise.faults import FAULTS
from poise.faults.expectations import QUIET, expecting
from poise.faults.sign import BACKGROUND, Observation, Sign
from poise.faults.weighing import bits, hypothesis
from poise.model.fault import LAYERS
from poise.model.sample import Stack

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def sign(name: str, degree: float, component: str = "main") -> Sign:
    return Sign(name, component, f"{name} of {component}", 0, 1, degree, "test")


def test_a_sure_sign_is_worth_the_ratio_of_its_frequencies() -> None:
    assert bits(sign("lock waits", 1.0), 0.96) == pytest.approx(log2(0.96 / 0.06))
    assert bits(sign("lock waits", 0.0), 0.96) == pytest.approx(log2(0.04 / 0.94))


def test_a_sign_that_cannot_be_told_says_nothing() -> None:
    assert bits(sign("lock waits", 0.5), 0.97) == pytest.approx(0)


def test_no_single_sign_claims_certainty() -> None:
    for name in BACKGROUND:
        assert abs(bits(sign(name, 1.0), 1.0)) < 7
        assert abs(bits(sign(name, 0.0), 1.0)) < 7


def test_own_signs_come_before_the_worst_of_the_stack() -> None:
    signs = {"lock waits": {"main": sign("lock waits", 0.0), "other": sign("lock waits", 1.0, "other")}}
    observation = Observation(signs, Stack(), NOW)
    fault = FAULTS[0].FAULT
    own = hypothesis(fault, "database main", observation, {"lock waits": 0.9}, own=("main",))
    any_of_them = hypothesis(fault, "pool web", observation, {"lock waits": 0.9}, own=("web",))
    assert own.bits < 0 < any_of_them.bits


def test_every_fault_is_told_in_full() -> None:
    names = [unit.FAULT.name for unit in FAULTS]
    assert len(set(names)) == len(names)
    for unit in FAULTS:
        fault = unit.FAULT
        assert fault.title
        assert fault.looks_like
        assert fault.speaks_against
        assert fault.remedy
        assert set(fault.layers) <= set(LAYERS)
        assert {other for other, _ in fault.confused_with} <= set(names)


def test_every_sign_has_a_background_and_a_quiet_frequency() -> None:
    assert set(QUIET) == set(BACKGROUND)


def test_a_misspelt_sign_is_refused() -> None:
    with pytest.raises(KeyError):
        expecting(lock_wait=0.9)


def test_of_equally_abnormal_components_the_first_by_name_is_told_whatever_order_a_set_has() -> None:
    names = [f"server web/s{number:02}" for number in range(40)]
    signs = {"own time": {name: Sign("own time", name, "time", 1, 2, 0.9, "here") for name in reversed(names)}}
    worst = Observation(signs, Stack()).worst("own time", frozenset(names))
    assert worst is not None and worst.component == names[0]
