"""Alerts as a dialogue: a letter a second. b bad, o ok, h holds, u unknown, - no verdict; what comes out is written under it."""

from datetime import UTC, datetime, timedelta

import pytest

from poise.alerting.lifecycle import ADOPTED_GRACE, REMOVED, AlertState, Effect, adopt, start, step
from poise.detectors.detector import Detector, Policy
from poise.model.alert import Verdict

START = datetime(2026, 11, 22, tzinfo=UTC)
SHORT = {"pending": "P", "firing": "F", "no-data": "N", "data-back": "D", "resolved": "R"}


def verdict(letter: str) -> tuple[Verdict, ...]:
    if letter == "-":
        return ()
    state = {"b": "bad", "o": "ok", "h": "ok", "u": "unknown"}[letter]
    return (Verdict("d", "pool web", state, "error", True, f"it is {state}", "", (), {"holds": float(letter == "h")}),)  # type: ignore[arg-type]


def play(letters: str, policy: Policy) -> tuple[str, list[Effect], AlertState]:
    state, told, effects = start((Detector("d", lambda w, n: (), policy),)), "", []
    for second, letter in enumerate(letters):
        state, new = step(state, verdict(letter), START + timedelta(seconds=second))
        assert len(new) <= 1
        told += SHORT[new[0].kind] if new else "."
        effects += new
    return told, effects, state


def policy(for_: float = 0, keep: float = 0, n: int = 1, m: int = 1) -> Policy:
    return Policy(timedelta(seconds=for_), timedelta(seconds=keep), n, m)


@pytest.mark.parametrize(
    ("given", "letters", "expected"),
    [
        (policy(), "obboo", ".F.R."),
        (policy(for_=2), "bbbbo", "P.F.R"),
        (policy(for_=2), "bbobb", "P..P."),
        (policy(keep=3), "boooob", "F..R.F"),
        (policy(keep=3), "boobooo", "F.....R"),
        (policy(n=2, m=3), "bobooo", "..FR.."),
        (policy(n=2, m=3), "boooboo", "......."),
        (policy(), "bhhho", "F...R"),
        (policy(), "hhh", "..."),
        (policy(), "b-----------b", "F....N......D"),
        (policy(), "buuuuuuuo", "F....N..R"),
        (policy(for_=3), "bb" + "-" * 70 + "o", "P." + "." * 71),
        (policy(), "uuu", "..."),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_dialogue(given: Policy, letters: str, expected: str) -> None:
    assert play(letters, given)[0] == expected


def test_the_alert_knows_its_times_and_its_last_bad_word() -> None:
    _, effects, state = play("obbbooo", policy(for_=2, keep=2))
    fired, resolved = effects[1].alert, effects[2].alert
    assert (fired.since, fired.fired) == (START + timedelta(seconds=1), START + timedelta(seconds=3))
    assert effects[1].fired and effects[2].resolved
    assert resolved.ended == START + timedelta(seconds=5) and resolved.verdict.summary == "it is bad"
    assert (fired.cleared, resolved.cleared) == ("", "it is ok")
    assert state.alerts == () and not state.tracked


def test_a_firing_alert_stays_alive_while_its_source_is_silent() -> None:
    _, _, state = play("b" + "-" * 3600, policy())
    assert [a.phase for a in state.alerts] == ["no-data"]


def test_a_step_changes_nothing_it_was_given() -> None:
    before = start((Detector("d", lambda w, n: (), policy()),))
    after, _ = step(before, verdict("b"), START)
    assert not before.tracked and after.tracked


def test_an_alert_of_what_left_the_configuration_ends() -> None:
    """Bad at second 0, then silent. The pool is in the stack until second 8: no data, still alive. Without it the alert resolves."""
    state, told = start((Detector("d", lambda w, n: (), policy()),)), []
    for second in range(10):
        stack = ("lb1", "web", "web/app1") if second < 8 else ("lb1", "api")
        state, effects = step(state, verdict("b" if second == 0 else "-"), START + timedelta(seconds=second), stack)
        told += [(second, e.kind) for e in effects]
    assert told == [(0, "firing"), (5, "no-data"), (8, "resolved")]
    assert effects == () and not state.tracked


def test_what_was_removed_is_the_reason_and_a_lost_source_is_none() -> None:
    _, _, state = play("b", policy())
    late = START + timedelta(seconds=9)
    _, effects = step(state, (), late, ("lb1",))
    assert (effects[0].kind, effects[0].alert.verdict.reason, effects[0].alert.ended) == ("resolved", REMOVED, late)
    # A file that is being written is not read as one in which everything was removed.
    assert step(state, (), START + timedelta(seconds=2), ("lb1",))[1] == ()
    assert [e.kind for e in step(state, (), late, None)[1]] == ["no-data"]


def test_a_firing_alert_that_gets_louder_is_worse_once() -> None:
    """w warning, e error, p error that pages: each new height is news, down and up below it is not, and the next alert begins anew."""
    levels = {"w": ("warning", False), "e": ("error", False), "p": ("error", True)}
    state, told = start((Detector("d", lambda w, n: (), policy()),)), ""
    for second, letter in enumerate("wwewepepo" + "oww"):
        severity, page = levels.get(letter, ("error", True))
        given = (Verdict("d", "pool web", "ok" if letter == "o" else "bad", severity, page, "", ""),)  # type: ignore[arg-type]
        state, effects = step(state, given, START + timedelta(seconds=second))
        told += {"worse": "W", **SHORT}[effects[0].kind] if effects else "."
    assert told == "F.W..W..R" + ".F."


def test_after_a_restart_an_alert_goes_on_and_does_not_fire_again() -> None:
    """Fired before the restart; then nothing, then bad again, then well: one end, and not before the windows can be full."""
    _, effects, _ = play("b", policy(keep=5))
    begin = START + timedelta(hours=1)
    state = adopt(start((Detector("d", lambda w, n: (), policy(keep=5, n=2, m=3)),)), [effects[0].alert], begin)
    assert [a.fired for a in state.alerts] == [START]
    told = []
    for second, letter in enumerate("oob" + "o" * 120):
        state, new = step(state, verdict(letter), begin + timedelta(seconds=second))
        told += [(e.kind, second) for e in new]
    assert told == [("resolved", int(ADOPTED_GRACE.total_seconds()) + 5)]


def test_an_adopted_alert_whose_part_is_gone_ends_as_removed() -> None:
    _, effects, _ = play("b", policy())
    state = adopt(start(()), [effects[0].alert], START)
    _, ended = step(state, (), START + timedelta(seconds=9), ("lb1",))
    assert [(e.kind, e.alert.verdict.reason) for e in ended] == [("resolved", REMOVED)]
