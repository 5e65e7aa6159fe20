"""What a receiver is told, when and why."""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest
from alert_talk import NIGHT, START, Talk, alert, at, names

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.group import MOST_GROUPS, OVERFLOW, recount
from poise.alerting.identity import Identity, pool_of
from poise.alerting.inhibition import TABLE
from poise.alerting.pipeline import Unsilenced, resume
from poise.alerting.silence import Silence
from poise.detectors import DETECTORS
from poise.model.matcher import WrongMatcherError, parse_matcher
from poise.model.receiver import TO_ALERTMANAGER, Receiver
from poise.store.alert_codec import group_of_text, group_text


def silence(matcher: str, starts: float, ends: float) -> Silence:
    return Silence("s1", "ann", "moving racks", (parse_matcher(matcher),), at(starts), at(ends))


def test_the_first_page_of_a_group_is_told_in_the_same_step() -> None:
    talk = Talk()
    (message,) = talk.change(0, "firing", alert("pool web"))
    assert (message.reason, names(message), message.pages) == ("first", (["pool web"], []), True)
    assert message.group == (("load_balancer", "lb1"), ("pool", "web"))
    assert talk.change(1, "firing", alert("pool web"), lb="lb2")[0].group[0] == ("load_balancer", "lb2")


def test_what_pages_nobody_waits_for_the_group() -> None:
    talk = Talk()
    assert talk.change(0, "firing", alert("server web/app1", page=False)) == []
    assert talk.change(20, "firing", alert("server web/app2", page=False)) == []
    assert talk.passes(29) == []
    (message,) = talk.passes(30)
    assert names(message) == (["server web/app1", "server web/app2"], [])
    # A page does not wait for the interval of a message that was none.
    assert [m.reason for m in talk.change(40, "firing", alert("pool web"))] == ["new alerts"]


def test_news_of_a_group_waits_for_the_interval_and_the_same_for_the_repeat() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web", "a"))
    assert talk.change(10, "firing", alert("pool web", "b")) == []
    assert talk.passes(299) == []
    assert [m.reason for m in talk.passes(300)] == ["new alerts"]
    assert all(talk.passes(s) == [] for s in range(600, 14_400, 300))
    assert [m.reason for m in talk.passes(300 + 4 * 3600)] == ["repeat"]


def test_the_end_is_told_once_with_the_group() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web", "a"), alert("pool web", "b"))
    talk.change(100, "resolved", alert("pool web", "a"))
    (message,) = talk.passes(300)
    assert (message.reason, names(message)) == ("some resolved", (["pool web"], ["pool web"]))
    talk.change(310, "resolved", alert("pool web", "b"))
    (message,) = talk.passes(600)
    assert (message.reason, message.pages, message.resolved[0].alert.ended) == ("resolved", False, at(310))
    assert not talk.state.groups and not talk.state.held
    assert talk.passes(90_000) == []


def test_what_flaps_between_two_messages_is_one() -> None:
    talk = Talk()
    for second in range(0, 290, 10):
        talk.change(second, "firing" if second % 20 == 0 else "resolved", alert("pool web"))
    assert [m.reason for m in talk.heard] == ["first"]
    assert [m.reason for m in talk.passes(300)] == []  # at 280 it fired again: nothing that was told is untrue
    assert [m.reason for m in talk.change(310, "resolved", alert("pool web"))] == ["resolved"]


def test_what_came_and_went_before_anybody_was_told_is_not_told() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("server web/app1", page=False))
    talk.change(10, "resolved", alert("server web/app1", page=False))
    assert talk.passes(30) == [] and not talk.state.groups


def test_a_worsening_speaks_again() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web", page=False))
    assert len(talk.passes(30)) == 1
    (message,) = talk.change(40, "worse", alert("pool web"))
    assert message.reason == "worse" and message.pages


def test_a_silence_covers_what_it_names_from_its_start_to_its_end() -> None:
    talk = Talk()
    talk.event(silence("component=pool w*", 10, 1000), 0)
    assert len(talk.change(5, "firing", alert("pool web"))) == 1  # it has not begun
    assert talk.change(20, "firing", alert("pool api")) != []
    assert talk.change(30, "firing", alert("pool web", "other")) == []
    assert talk.passes(320) == []
    (message,) = talk.passes(1000)  # it ended, the alert goes on
    assert (message.reason, len(message.firing)) == ("new alerts", 2)


def test_a_silence_that_is_taken_back_lets_a_page_through_at_once() -> None:
    talk = Talk()
    talk.event(silence("severity=error", 0, 9000), 0)
    assert talk.change(1, "firing", alert("pool web")) == []
    assert [m.reason for m in talk.event(Unsilenced("s1"), 60)] == ["first"]


def test_the_end_of_what_was_told_is_told_through_a_silence() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web"))
    talk.event(silence("pool=web", 5, 90_000), 5)
    assert talk.passes(15_000) == []  # no repeat
    assert [m.reason for m in talk.change(15_010, "resolved", alert("pool web"))] == ["resolved"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"author": " "}, "names no author"),
        ({"comment": ""}, "gives no reason"),
        ({"matchers": ()}, "names no alerts"),
        ({"ends": START}, "ends before it begins"),
    ],
)
def test_a_silence_needs_author_reason_alerts_and_end(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(silence("pool=web", 0, 1), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "web", "colour=red", "pool=", "=web", "pool!web"])
def test_what_is_no_matcher_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(WrongMatcherError, match="write FIELD=PATTERN"):
        parse_matcher(text)


@pytest.mark.parametrize(
    ("text", "component", "expected"),
    [
        ("component=web/*", "server web/app1", True),
        ("component!=server web/app1", "server web/app2", True),
        ("component=web", "pool webshop", False),
    ],
)
def test_matchers_are_shell_patterns(text: str, component: str, expected: bool) -> None:
    assert parse_matcher(text).matches({"component": component}) is expected


def test_an_acknowledgement_stops_the_repeats_until_it_gets_worse() -> None:
    talk = Talk()
    low = alert("pool web", severity="warning")
    talk.change(0, "firing", low)
    talk.event(Acknowledgement(Identity("lb1", "d", "pool web").id, "bob", at(60), "on it"), 60)
    assert all(talk.passes(s) == [] for s in range(300, 40_000, 300))
    assert [m.reason for m in talk.change(40_100, "worse", alert("pool web", severity="error"))] == ["worse"]
    talk.change(40_300, "resolved", low)
    assert [m.reason for m in talk.passes(40_600)] == ["resolved"]
    assert not talk.state.acknowledged


def test_an_acknowledgement_ends_with_its_alert() -> None:
    talk = Talk()
    talk.event(Acknowledgement(Identity("lb1", "d", "pool web").id, "bob", at(-10)), 0)  # of an earlier episode
    assert len(talk.change(0, "firing", alert("pool web"))) == 1


def test_new_trouble_beside_what_is_in_hand_is_told_and_says_who_has_the_rest() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web", "a"))
    talk.event(Acknowledgement(Identity("lb1", "a", "pool web").id, "bob", at(9), "on it"), 9)
    talk.change(20, "firing", alert("pool web", "b"))
    (message,) = talk.passes(300)
    assert message.in_hand == {Identity("lb1", "a", "pool web").id: "bob: on it"} and len(message.firing) == 2


def test_an_alertmanager_is_kept_up_to_date_whoever_acknowledged() -> None:
    """It takes an alert for resolved that it has not heard of for five minutes (its resolve_timeout)."""
    talk = Talk(Receiver("am", "alertmanager", pages_only=False, timing=TO_ALERTMANAGER))
    assert len(talk.change(0, "firing", alert("pool web", page=False))) == 1
    talk.event(Acknowledgement(Identity("lb1", "d", "pool web").id, "bob", at(1)), 1)
    said = [s for s in range(2, 302) if talk.passes(s)]
    assert len(said) == 5 and max(b - a for a, b in pairwise(said)) <= 65


def test_a_server_is_not_told_beside_its_pool_and_is_told_after_it() -> None:
    talk = Talk()
    server, pool = alert("server web/app1", "server_down", page=False), alert("pool web", "server_down")
    (message,) = talk.change(0, "firing", server, pool)
    assert names(message) == (["pool web"], [])
    talk.change(100, "resolved", pool)
    (message,) = talk.passes(300)
    assert names(message) == (["server web/app1"], ["pool web"])


def test_a_page_is_never_inhibited_by_what_pages_nobody() -> None:
    talk = Talk()
    (message,) = talk.change(0, "firing", alert("pool web", "server_down", page=False), alert("server web/app1", "server_down"))
    assert "server web/app1" in names(message)[0]


def test_inhibition_stays_within_load_balancer_and_pool() -> None:
    talk = Talk()
    talk.change(0, "firing", alert("pool web", "server_down"))
    talk.change(0, "firing", alert("server web/app1", "server_down", page=False), lb="lb2")
    talk.change(0, "firing", alert("server api/app1", "server_down", page=False))
    assert sorted(h.identity for m in talk.passes(30) for h in m.firing) == [
        Identity("lb1", "server_down", "server api/app1"),
        Identity("lb2", "server_down", "server web/app1"),
    ]


def test_what_is_in_maintenance_is_not_told_until_it_is_back() -> None:
    talk = Talk()
    out = frozenset({"server web/app1"})
    talk.change(0, "firing", alert("server web/app1", page=False), away=out)
    assert talk.passes(300) == []
    talk.change(310, "firing", away=frozenset())
    assert [names(m)[0] for m in talk.passes(340)] == [["server web/app1"]]


def test_the_table_of_inhibition_names_detectors_that_exist() -> None:
    known = {d.name for d in DETECTORS}
    assert {name for row in TABLE for name in (row.source, *row.targets)} <= known


def test_each_receiver_gets_what_it_asked_for() -> None:
    pager = replace(NIGHT, name="pager", pages_only=True)
    api = replace(NIGHT, name="api", match=(parse_matcher("pool=api"),))
    errors = replace(NIGHT, name="errors", severity="error")
    talk = Talk(pager, api, errors)
    talk.change(0, "firing", alert("pool web"), alert("server api/a", page=False, severity="warning"))
    talk.passes(30)
    assert {(m.receiver, *names(m)[0]) for m in talk.heard} == {("pager", "pool web"), ("errors", "pool web"), ("api", "server api/a")}


def test_who_does_not_want_the_end_is_not_told_it() -> None:
    talk = Talk(replace(NIGHT, send_resolved=False))
    talk.change(0, "firing", alert("pool web"))
    talk.change(10, "resolved", alert("pool web"))
    assert talk.passes(400) == [] and not talk.state.groups


def test_a_receiver_that_was_down_hears_how_things_stand_now() -> None:
    talk = Talk(delivers=False)
    (first,) = talk.change(0, "firing", alert("pool web", "a"))
    talk.change(60, "firing", alert("pool web", "b"))
    (message,) = talk.back(3600)
    assert len(message.firing) == 2 and message.id != first.id and message.delayed_since == at(0)
    assert talk.passes(3700) == []


def test_what_ended_meanwhile_is_one_message_that_says_both() -> None:
    talk = Talk(delivers=False)
    talk.change(0, "firing", alert("pool web"))
    talk.change(1200, "resolved", alert("pool web"))
    (message,) = talk.back(3600)
    assert (message.reason, names(message), message.delayed_since) == ("late", ([], ["pool web"]), at(0))
    assert not talk.state.groups and talk.passes(99_999) == []


def test_an_unchanged_message_is_sent_again_under_the_same_id() -> None:
    talk = Talk(delivers=False)
    (first,) = talk.change(0, "firing", alert("pool web"))
    assert [m.id for m in talk.back(3600)] == [first.id]


def test_what_is_silenced_before_it_got_through_is_withdrawn() -> None:
    talk = Talk(delivers=False)
    talk.change(0, "firing", alert("pool web"))
    talk.event(silence("pool=web", 5, 9000), 5)
    assert talk.back(60) == [] and not talk.waiting


def test_a_thousand_groups_and_one_more_share_the_last() -> None:
    talk = Talk()
    many = [alert(f"pool p{n}") for n in range(MOST_GROUPS + 50)]
    said = talk.change(0, "firing", *many, pools=())
    assert len(said) == MOST_GROUPS + 1
    last = next(m for m in said if m.group == OVERFLOW)
    assert len(last.firing) + last.more_firing == 50
    talk.change(1, "resolved", *many)
    talk.passes(400)
    assert not talk.state.groups and not talk.state.held


def test_more_alerts_than_are_held_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.alerting.pipeline.MOST_HELD", 200)
    talk = Talk()
    many = [alert(f"server web/s{n}", page=False) for n in range(1000)]
    talk.change(0, "firing", *many)
    (message,) = talk.passes(30)
    assert len(talk.state.held) == 200 and len(message.firing) == 100 and message.more_firing == 900
    # What pages is never the one that is only counted.
    assert any(m.pages for m in talk.change(31, "firing", alert("pool web")))
    talk.change(60, "resolved", *many, alert("pool web"))
    (end,) = talk.passes(400)
    assert end.reason == "resolved" and not talk.state.groups and not talk.state.held


def test_what_was_counted_and_is_held_once_there_is_room_is_counted_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.alerting.pipeline.MOST_HELD", 2)
    talk = Talk()
    a, b, c = (alert(f"server web/{name}", page=False) for name in "abc")
    talk.change(0, "firing", a, b, c)
    (group,) = talk.state.groups.values()
    assert (len(group.members), group.beyond) == (2, 1)
    talk.change(1, "resolved", a)
    talk.change(2, "data-back", c)
    (group,) = talk.state.groups.values()
    assert (len(group.members), group.beyond) == (2, 0)
    talk.change(3, "resolved", b, c)
    talk.passes(400)
    assert not talk.state.groups


@pytest.mark.parametrize("again", [0, 1])
def test_what_was_counted_is_counted_over_a_restart_and_not_twice(monkeypatch: pytest.MonkeyPatch, again: int) -> None:
    monkeypatch.setattr("poise.alerting.pipeline.MOST_HELD", 2)
    before, after = Talk(), Talk()
    alerts = [alert(f"server web/{name}", page=False) for name in "abcd"]
    before.change(0, "firing", *alerts)
    before.passes(30)
    (kept,) = (group_of_text(g.receiver, g.key, group_text(g)) for g in before.state.groups.values())
    assert kept.beyond == 2
    after.state = resume(after.state, before.state.held.values(), [recount(kept, at(60))], at(60))
    assert [g.beyond for g in after.state.groups.values()] == [2]
    after.change(70, "firing", *alerts[2 : 2 + again])
    assert [g.beyond for g in after.state.groups.values()] == [2]
    # Who has not fired anew when all had time to is over.
    after.passes(2000)
    assert [g.beyond for g in after.state.groups.values()] == [again]


@pytest.mark.parametrize(
    ("component", "pool"),
    [
        ("server web/app1", "web"),
        ("server http://10.0.0.1/10.0.0.1:80", "http://10.0.0.1"),
        ("server web//run/app.sock", "web"),
        ("server gone/app1", "gone"),
        ("pool a/b", "a/b"),
        ("client", ""),
        ("hop lb→app1", ""),
    ],
)
def test_the_pool_of_a_component(component: str, pool: str) -> None:
    assert pool_of(component, {"web", "http://10.0.0.1", "a/b"}) == pool


def test_the_same_alert_has_the_same_name_everywhere() -> None:
    assert Identity("lb1", "d", "pool web").id == Identity("lb1", "d", "pool web").id
    assert len({Identity("a", "b", "c").id, Identity("ab", "", "c").id, Identity("a", "bc", "").id}) == 3


def test_a_flood_costs_a_kilobyte_for_each_alert_that_is_held_and_nothing_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """3,000 alerts of one pool in a minute, of which 1,000 are held one by one; the alerts themselves are the watch's own."""
    monkeypatch.setattr("poise.alerting.pipeline.MOST_HELD", 1000)
    many = [alert(f"server web/s{n}", page=False) for n in range(3000)]
    talk = Talk()
    tracemalloc.start()
    try:
        for second in range(0, 60, 6):
            talk.change(second, "firing", *many[second * 50 : (second + 6) * 50])
        held, _ = tracemalloc.get_traced_memory()
        said = talk.passes(400)
    finally:
        tracemalloc.stop()
    assert len(talk.state.held) == 1000 and held < 1000 * 1024
    assert [len(m.firing) + m.more_firing for m in said] == [3000] and len(talk.heard) == 2
