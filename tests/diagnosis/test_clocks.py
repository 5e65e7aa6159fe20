"""A source whose clock is wrong is read as if it were right, and that is said."""

from dataclasses import replace

import pytest
from stack_arithmetic import HEALTHY, STORIES, Story

from poise.diagnosis.clocks import SOURCES, aligned
from poise.diagnosis.engine import diagnose
from poise.model.sample import Series, Window


def window(name: str = "uneven 3/1/1/1") -> Window:
    _, _, struck = STORIES[name]
    return Story().run(60, HEALTHY).run(20, struck).window()


def shifted(seen: Window, seconds: float) -> Window:
    told = {c.name for kind in ("load-balancer", "listener", "pool", "server") for c in seen.stack.of_kind(kind)}  # type: ignore[arg-type]
    return replace(seen, series={k: Series(s.seconds + seconds, s.values) if k[0] in told else s for k, s in seen.series.items()})


@pytest.mark.parametrize("seconds", [90.0, -90.0])
def test_the_same_is_blamed_whatever_the_load_balancers_clock_says(seconds: float) -> None:
    right, off = diagnose(window()), diagnose(shifted(window(), seconds))
    assert (off.verdict, off.best.fault) == (right.verdict, right.best.fault)
    assert any("90 s" in c.reason for c in off.could_not)


def test_a_source_that_falls_silent_is_no_wrong_clock() -> None:
    seen = window()
    cut = {k: Series(s.seconds[:50], s.values[:50]) if k[0].startswith(("web", "http", "lb1")) else s for k, s in seen.series.items()}
    silent = replace(seen, series=cut)
    assert aligned(silent) is silent


def of_the_load_balancer(seen: Window, part: slice) -> Window:
    kinds = SOURCES["the load balancer's figures"]
    cut = {k: Series(s.seconds[part], s.values[part]) if seen.stack.kinds[k[0]] in kinds else s for k, s in seen.series.items()}
    return replace(seen, series=cut)


@pytest.mark.parametrize("seconds", [90.0, -90.0])
def test_one_that_died_with_a_wrong_clock_has_its_beginning_to_tell_by(seconds: float) -> None:
    silent = of_the_load_balancer(window(), slice(50))
    read = aligned(shifted(silent, seconds))
    assert [c.reason.split(":")[0] for c in read.could_not] == [f"are stamped 90 s {'ahead' if seconds > 0 else 'behind'} of all others"]
    assert all((read.series[k].seconds == s.seconds).all() for k, s in silent.series.items())


def test_one_that_began_late_has_no_wrong_clock() -> None:
    late = of_the_load_balancer(window(), slice(40, None))
    assert aligned(late) is late


def test_clocks_that_agree_are_left_alone() -> None:
    seen = window()
    assert aligned(seen) is seen


@pytest.mark.parametrize("source", ["the load balancer's figures", "the applications' figures", "the databases' figures"])
@pytest.mark.parametrize("seconds", [90.0, -90.0])
def test_of_three_sources_the_one_that_two_others_contradict_is_blamed(source: str, seconds: float) -> None:
    seen = window()
    known = {k: s for k, s in seen.series.items() if seen.stack.kinds.get(k[0]) not in ("client", "hop")}
    off = {k: Series(s.seconds + seconds, s.values) if seen.stack.kinds.get(k[0]) in SOURCES[source] else s for k, s in known.items()}
    read = aligned(replace(seen, series=off))
    assert [c.what for c in read.could_not] == [source]
    assert all((read.series[k].seconds == s.seconds).all() for k, s in known.items())
