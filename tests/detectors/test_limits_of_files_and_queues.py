"""Files that are nearly used up and connections that nobody accepts are told, each once; one that waits for an instant is not."""

from series_as_data import NOW, all_of, states, window

from poise.detectors import limits_near
from poise.model.sample import Window


def test_files_that_are_nearly_used_up() -> None:
    data = window({"lb1": {"open_files": "300x50 940x10", "open_files_limit": "1024x60"}})
    (verdict,) = all_of(limits_near.judge(data, NOW))
    assert (verdict.component, verdict.state, verdict.page) == ("load-balancer lb1", "bad", False)
    assert verdict.summary == "open_files 940 of 1024" and "LimitNOFILE" in verdict.reason


def test_one_answer_of_a_load_balancer_with_two_limits() -> None:
    sessions = {"sessions": "10x60", "session_limit": "1000x60"}
    for files, state in (("300x60", "ok"), ("1000x60", "bad")):
        data = window({"lb1": sessions | {"open_files": files, "open_files_limit": "1024x60"}})
        assert [(v.component, v.state) for v in all_of(limits_near.judge(data, NOW)) if v.state != "ok" or state == "ok"] == [
            ("load-balancer lb1", state)
        ]
    both = window({"lb1": {"sessions": "1000x60", "session_limit": "1000x60", "open_files": "1010x60", "open_files_limit": "1024x60"}})
    (verdict,) = all_of(limits_near.judge(both, NOW))
    assert verdict.summary == "sessions 1000 of 1000"


def waiting(queue: str) -> Window:
    return window({"http": {"accept_queue": queue}})


def test_connections_that_nobody_accepts() -> None:
    (verdict,) = all_of(limits_near.judge(waiting("0x50 3x8 9 12"), NOW))
    assert (verdict.component, verdict.state) == ("listener http", "bad")
    assert verdict.summary == "12 connections waited in the kernel: it does not come to accept them"


def test_connections_that_wait_for_an_instant() -> None:
    for queue in ("0x60", "0x56 1 2 0 3", "0x59 40"):
        assert states(limits_near.judge(waiting(queue), NOW)) == {"listener http": "ok"}
