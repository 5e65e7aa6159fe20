"""When a diagnosis is told as the cause, by the probabilities it was given."""

from datetime import UTC, datetime, timedelta

from poise.diagnosis.settled import STEADY, lead, settled
from poise.model.diagnosis import Diagnosis, DiagnosisVerdict, Hypothesis

START = datetime(2026, 11, 22, tzinfo=UTC)


def diagnosis(*probabilities: float, fault: str = "uneven-weights", verdict: DiagnosisVerdict = "fault") -> Diagnosis:
    """The leader and others of its layer."""
    found = tuple(
        Hypothesis(fault if i == 0 else f"other-{i}", "load-balancer", "pool web", (), 1.0, p) for i, p in enumerate(probabilities)
    )
    return Diagnosis(verdict, None, START, START, found)


def test_a_sure_layer_is_told_at_once() -> None:
    sure = diagnosis(0.5, 0.4)
    assert settled(lead(None, sure, START), sure, START)
    assert not settled(lead(None, sure, START), diagnosis(0.5, 0.39), START)


def test_a_likely_one_when_it_has_led_for_long() -> None:
    likely = diagnosis(0.6)
    leader = lead(None, likely, START)
    late = START + STEADY
    assert not settled(lead(leader, likely, late - timedelta(seconds=1)), likely, late - timedelta(seconds=1))
    assert settled(lead(leader, likely, late), likely, late)
    assert not settled(leader, diagnosis(0.59), late)
    # Another leader begins anew.
    other = diagnosis(0.6, fault="packet-loss")
    assert not settled(lead(leader, other, late), other, late)


def test_no_fault_is_no_cause() -> None:
    none = diagnosis(0.99, verdict="none")
    assert not settled(lead(None, none, START), none, START + STEADY)
