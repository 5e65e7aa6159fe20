"""A second fault comes before what merely resembles the first."""

from poise.diagnosis.companions import with_companions
from poise.diagnosis.ranking import rank
from poise.model.diagnosis import Hypothesis
from poise.model.evidence import Evidence


def weighed(fault: str, **signs: float) -> Hypothesis:
    evidence = tuple(Evidence(name, None, None, bits, "") for name, bits in signs.items())
    return Hypothesis(fault, "none" if fault == "none" else "application", "stack", evidence, sum(signs.values()))


LOCKED = weighed("database-locked", locks=4.0, statements=2.0, sessions=2.0, losses=-1.5)
SLOW = weighed("database-slow", locks=1.0, statements=3.0, sessions=2.0, losses=-1.5)
STUCK = weighed("connection-pool", locks=0.9, statements=1.0, sessions=1.0, losses=-1.5)
LOSS = weighed("network-loss", locks=-1.5, statements=-1.5, sessions=-1.5, losses=4.0)


def first_three(*hypotheses: Hypothesis) -> list[str]:
    return [h.fault for h in with_companions(rank(hypotheses))[:3]]


def test_what_explains_the_rest_is_among_the_first_three() -> None:
    assert [h.fault for h in rank([LOCKED, SLOW, STUCK, LOSS])[:3]] == ["database-locked", "database-slow", "connection-pool"]
    named = first_three(LOCKED, SLOW, STUCK, LOSS)
    assert named[0] == "database-locked"
    assert "network-loss" in named


def test_what_is_absent_speaks_against_a_second_fault() -> None:
    nowhere = weighed("network-loss", locks=-1.5, statements=-1.5, sessions=-1.5, losses=4.0, failures=-4.0)
    quiet = weighed("database-locked", locks=4.0, statements=2.0, sessions=2.0, losses=-1.5, failures=0.1)
    assert first_three(quiet, SLOW, STUCK, nowhere) == ["database-locked", "database-slow", "connection-pool"]


def test_probabilities_still_sum_to_one_in_their_order() -> None:
    told = with_companions(rank([LOCKED, SLOW, STUCK, LOSS]))
    assert abs(sum(h.probability for h in told) - 1) < 1e-4
    assert [h.probability for h in told] == sorted((h.probability for h in told), reverse=True)
    assert [h.rank for h in told] == [1, 2, 3, 4]


def test_a_second_fault_takes_nothing_from_the_first() -> None:
    ranked = rank([LOCKED, SLOW, STUCK, LOSS])
    told = with_companions(ranked)
    assert told[0] == ranked[0]
    assert [h.probability for h in told] == [h.probability for h in ranked]


def test_one_second_fault_that_is_seen_at_two_places_takes_one_place() -> None:
    there = weighed("network-loss", locks=-1.5, statements=-1.6, sessions=-1.5, losses=4.0)
    errors = weighed("server-errors", locks=-1.5, statements=-1.5, sessions=-1.7, failures=3.9)
    assert set(first_three(LOCKED, STUCK, LOSS, there, errors)) == {"database-locked", "network-loss", "server-errors"}


def test_nothing_has_no_company() -> None:
    calm = weighed("none", calm=9.0)
    assert [h.fault for h in with_companions(rank([calm, LOSS]))] == ["none", "network-loss"]


def test_the_leading_one_stays_first_however_near_the_second_is() -> None:
    near = [weighed("network-loss", locks=-1.5, losses=bits) for bits in (7.1, 7.4, 7.45)]
    far = weighed("connection-pool", losses=-1.0, failures=6.8)
    locked = weighed("database-locked", locks=4.0, statements=2.0)
    for second in near:
        for hypotheses in ([locked, second, SLOW], [locked, second, far]):
            ranked = rank(hypotheses)
            told = with_companions(ranked)
            assert ranked[0].fault == told[0].fault == "database-locked"
            assert [h.probability for h in told] == sorted((h.probability for h in told), reverse=True)
