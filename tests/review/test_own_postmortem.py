"""The postmortem that poise itself writes of 10 November passes its own reviewer without an error, and is read as it was meant."""

from november_story import diagnosis, incident, november_window, plan

from poise.incidents.postmortem import markdown
from poise.review.review import review


def test_it_contradicts_nothing_and_is_read_back() -> None:
    (read,) = review(markdown(incident(), november_window(), diagnosis(), plan()))
    assert [(f.rule, f.message) for f in read.findings if f.severity == "error"] == []
    times = {name: moment.iso[11:19] for name, moment in read.times.items()}
    assert times == {name: known.at.strftime("%H:%M:%S") for name, known in incident().times.items()}
    assert [(w.layer, w.minutes) for w in read.wrong_hypotheses] == [("database", 135), ("network", 75)]
    assert read.cause.layer == "load-balancer"
