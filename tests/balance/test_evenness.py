"""The promise of the unevenness test, held against enumeration, tables and simulation."""

from itertools import product
from math import exp, inf, lgamma, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from poise.balance.chi_square import survival
from poise.balance.evenness import TIME_SCALES_SECONDS, critical_value, g_statistic, judge, p_value, threshold
from poise.balance.exact import g_tail

EVEN_4 = dict.fromkeys("abcd", 0.25)


def enumerated(total: int, shares: tuple[float, ...], g: float) -> float:
    """P(G ≥ g) by looking at every possible outcome."""
    found = 0.0
    for head in product(range(total + 1), repeat=len(shares) - 1):
        if sum(head) > total:
            continue
        counts = (*head, total - sum(head))
        value = 2 * sum(n * log(n / (total * w)) for n, w in zip(counts, shares, strict=True) if n)
        if value >= g - 1e-9:
            found += exp(lgamma(total + 1) + sum(n * log(w) - lgamma(n + 1) for n, w in zip(counts, shares, strict=True)))
    return found


@pytest.mark.parametrize(("degrees", "x"), [(1, 30.0), (2, 0.5), (3, 7.8), (7, 43.0), (20, 30.0), (63, 120.0)])
def test_the_closed_form_is_the_chi_square_distribution(degrees: int, x: float) -> None:
    assert survival(x, degrees) == pytest.approx(float(chi2.sf(x, degrees)), rel=1e-9)


@pytest.mark.parametrize(
    ("total", "shares", "g"), [(12, (0.25,) * 4, 10.0), (20, (0.5, 0.3, 0.2), 15.0), (16, (0.7, 0.1, 0.1, 0.1), 25.0), (9, (0.9, 0.1), 6.0)]
)
def test_few_requests_are_judged_by_their_exact_distribution(total: int, shares: tuple[float, ...], g: float) -> None:
    truth = enumerated(total, shares, g)
    assert truth * (1 - 1e-9) <= g_tail(total, shares, g) <= truth * 1.1


def test_critical_values_keep_one_alarm_a_week_over_five_time_scales() -> None:
    """The published table at K = 8. Its row at K = 4 (32.5/29.2/27.7/25.5/24.0) gives each of the five scales a quarter of an alarm; ours
    gives a fifth, so five of them make one."""
    assert [round(critical_value(threshold(s), 8), 1) for s in TIME_SCALES_SECONDS] == [43.0, 39.4, 37.8, 35.3, 33.7]
    assert [round(critical_value(threshold(s, scales=4), 4), 1) for s in TIME_SCALES_SECONDS] == [32.5, 29.2, 27.7, 25.5, 24.0]
    assert [round(critical_value(threshold(s), 4), 1) for s in TIME_SCALES_SECONDS] == [32.9, 29.6, 28.2, 25.9, 24.5]


@pytest.mark.parametrize("servers", [4, 8])
def test_p_is_calibrated_for_few_and_for_many_requests(servers: int) -> None:
    """20,000 simulated windows: p below 1 % comes 1 % of the time (4 standard errors allowed), where bare χ² comes more often."""
    random = np.random.default_rng(servers)
    names, shares = "abcdefgh"[:servers], np.full(servers, 1 / servers)
    expected = dict(zip(names, shares.tolist(), strict=True))
    counts = random.multinomial(80, shares, 20_000)
    low = sum(p_value(dict(zip(names, map(int, row), strict=True)), expected) <= 0.01 for row in counts)
    assert low == pytest.approx(200, abs=4 * 14.1)


def test_the_fault_of_november_is_seen_in_one_second() -> None:
    found = judge({"a": 79, "b": 0, "c": 0, "d": 1}, EVEN_4, 1.0)
    assert found.uneven
    assert found.furthest == "a"
    assert found.ratio == pytest.approx(79 / 80 / 0.25)
    assert found.points == pytest.approx(79 / 80 - 0.25)


def test_what_is_even_or_small_or_scarce_stays_silent() -> None:
    assert not judge({"a": 20, "b": 20, "c": 20, "d": 20}, EVEN_4, 1.0).uneven
    assert not judge({"a": 27, "b": 18, "c": 16, "d": 19}, EVEN_4, 1.0).uneven
    assert not judge({"a": 7, "b": 0, "c": 0, "d": 0}, EVEN_4, 1.0).judged
    # Certain, but one point off: nobody is woken for that.
    slight = judge({"a": 260_000, "b": 250_000, "c": 250_000, "d": 240_000}, EVEN_4, 60.0)
    assert slight.p < 1e-50
    assert not slight.uneven


def test_keys_and_an_unsure_forecast_widen_what_is_allowed() -> None:
    counts = {"a": 300, "b": 200, "c": 250, "d": 250}
    assert judge(counts, EVEN_4, 60.0).p < threshold(60.0) * 100
    assert judge(counts, EVEN_4, 60.0, dispersion=4.0).p > 0.01
    # A forecast that is itself unsure by 4 points must not alarm on 5, however many requests come.
    many = {name: count * 1000 for name, count in counts.items()}
    assert not judge(many, EVEN_4, 60.0, uncertainty=dict.fromkeys("abcd", 0.04)).uneven


def test_a_server_that_should_get_nothing_has_no_excuse() -> None:
    assert g_statistic({"a": 50, "b": 1}, {"a": 1.0}) == inf
    assert judge({"a": 50, "b": 10}, {"a": 1.0}, 10.0).uneven


def test_sliding_windows_pay_for_each_look() -> None:
    assert threshold(60.0, every_seconds=1.0) == threshold(1.0)
    assert threshold(1.0, every_seconds=5.0) == threshold(1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=6), st.lists(st.floats(0.05, 10), min_size=6, max_size=6))
def test_p_is_a_probability_and_does_not_depend_on_the_order_of_servers(counts: list[int], weights: list[float]) -> None:
    names = [f"s{i}" for i in range(len(counts))]
    shares = dict(zip(names, weights, strict=False))
    forward = p_value(dict(zip(names, counts, strict=True)), shares)
    backward = p_value(dict(reversed(list(zip(names, counts, strict=True)))), dict(reversed(list(shares.items()))))
    assert 0 <= forward <= 1
    assert forward == pytest.approx(backward, rel=1e-6)
