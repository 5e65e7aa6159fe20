"""A review of the files, and what the next one says against it. Days are arguments."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from poise.alerting.review_verdicts import review_verdicts
from poise.app.review import review
from poise.daemon.watched import Watched
from poise.model.needs import Acceptance, Needs, PoolNeeds
from poise.model.reviewed import Reviewed

DAY = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
EVEN = """
defaults
    mode http
    timeout connect 1s
    timeout client 10s
    timeout server 10s
frontend site
    bind :80
    default_backend web
backend web
    balance roundrobin
    option httpchk GET /health
    server app1 10.0.0.1:80 check weight 1
    server app2 10.0.0.2:80 check weight 1
    server app3 10.0.0.3:80 check weight 1
"""
# With one of three lost, two of weight 1 get half each: the need of at most 0.6 for one server holds. 256 of 258 is 0.99.
UNEVEN = EVEN.replace("app1 10.0.0.1:80 check weight 1", "app1 10.0.0.1:80 check weight 256")


def watched(folder: Path, text: str, *accept: Acceptance) -> Watched:
    config = folder / "haproxy.cfg"
    config.write_text(text)
    return Watched("lb1", (str(config),), Needs({"web": PoolNeeds(max_share=0.6)}, accept))


def test_an_edit_that_makes_it_worse_is_said_in_words(tmp_path: Path) -> None:
    before = review(watched(tmp_path, EVEN), DAY)
    assert before.unmet == ()
    same = review(watched(tmp_path, "# a line more\n" + EVEN), DAY + timedelta(days=1))
    assert [v.state for v in review_verdicts(before, same)] == ["ok", "ok"]
    after = review(watched(tmp_path, UNEVEN), DAY + timedelta(days=1))
    worse, _ = review_verdicts(before, after)
    assert (worse.detector, worse.component, worse.state, worse.severity) == ("review_worse", "load-balancer lb1", "bad", "error")
    assert not worse.page
    assert "since the review of 2026-11-27 04:00 UTC" in worse.summary
    assert "no longer met (web: max_share" in worse.summary
    assert "max-share-exceeded" in worse.summary
    # And back: better is no alert.
    assert review_verdicts(after, before)[0].state == "ok"


def test_a_first_review_has_nothing_to_be_worse_than(tmp_path: Path) -> None:
    assert review_verdicts(None, review(watched(tmp_path, UNEVEN), DAY))[0].state == "ok"


def test_new_drift_is_worse_and_known_drift_is_not() -> None:
    known, new = "app1 weighs 1, in the file 5", "app2 is not in the file"
    before, after = Reviewed("lb1", DAY, drift=(known,)), Reviewed("lb1", DAY, drift=(known, new))
    assert review_verdicts(before, Reviewed("lb1", DAY, drift=(known,)))[0].state == "ok"
    worse, _ = review_verdicts(before, after)
    assert (worse.state, worse.severity, worse.reason) == ("bad", "warning", new)


def test_what_cannot_be_read_is_never_in_order(tmp_path: Path) -> None:
    before = review(watched(tmp_path, EVEN), DAY)
    gone = watched(tmp_path, EVEN)
    (tmp_path / "haproxy.cfg").unlink()
    worse, _ = review_verdicts(before, review(gone, DAY))
    assert worse.state == "unknown"
    assert "haproxy.cfg" in worse.reason


def test_an_acceptance_is_asked_about_for_two_weeks_and_then_alerted(tmp_path: Path) -> None:
    accepted = Acceptance("max-share-exceeded", "Ada", "moving racks", date(2026, 12, 11), "web")
    lb = watched(tmp_path, UNEVEN, accepted)
    states = {}
    for days in (-1, 0, 14, 15):
        made = review(lb, DAY + timedelta(days=days))
        _, ended = review_verdicts(None, made)
        states[days] = (len(made.ending), len(made.ended), ended.state)
    assert states == {-1: (0, 0, "ok"), 0: (1, 0, "ok"), 14: (1, 0, "ok"), 15: (0, 1, "bad")}
    assert ended.severity == "warning"
    assert "max-share-exceeded of pool web" in ended.summary
    assert "accepted by Ada until 2026-12-11" in ended.reason
    assert review_verdicts(None, review(lb, DAY))[1].reason == "max-share-exceeded of pool web ends on 2026-12-11, accepted by Ada"
