"""A page for each team: the first sentence, the figures, what was not seen, and commands to paste."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from stack_arithmetic import HEALTHY, NEEDS, START, STORIES, Story

from poise.app import evidence as app
from poise.app.diagnose import Told
from poise.diagnosis.engine import diagnose
from poise.diagnosis.several import Looked, together
from poise.faults import plan_for
from poise.model.needs import Watch, WatchedDatabase
from poise.model.sample import Component, Window
from poise.model.series import Series
from poise.report.evidence_charts import Chart, bars_svg, said
from poise.report.evidence_page import MARK, pages
from poise.report.evidence_words import TEAMS, probability, strength
from poise.report.fault_words import in_words
from poise.store import private

HOSTILE = '"><script>alert(1)</script>\x1b[2J\u202e'


def window(story: str = "locks", before: int = 60) -> Window:
    return Story().run(before, HEALTHY).run(20, STORIES[story][2]).window()


def made(seen: Window) -> Mapping[str, str]:
    d = diagnose(seen)
    return pages(d, (Looked("lb1", seen, d),), plan_for(d.best, seen) if d.verdict == "fault" else None)


class Tags(HTMLParser):
    """Balanced tags, and every attribute that would fetch something."""

    VOID = frozenset(("meta", "link", "br"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetches: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetches += [str(value) for name, value in attrs if name in ("src", "href", "action", "data") and value is not None]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def lead(page: str) -> str:
    found = re.search(r'<h1 class="lead">(.*?)</h1>', page)
    assert found is not None
    return found[1]


def test_the_first_sentence_says_whether_it_is_you_how_sure_and_since_when() -> None:
    seen = window()
    page = made(seen)
    onset = diagnose(seen).onset
    assert onset is not None
    since = f"{onset:%Y-%m-%d %H:%M:%S}"
    assert re.fullmatch(
        rf"Your layer, the database, is (virtually certain|very likely) \((&gt; )?\d+ %\) to be at fault, since {since} UTC: "
        "requests wait for database main, where sessions wait for a lock.",
        lead(page["database.html"]),
    )
    assert re.fullmatch(
        r"Your layer, the network, is \w+ unlikely \([&lt;\d ]+ %\) to be at fault. poise points to the database \(.*",
        lead(page["network.html"]),
    )
    assert lead(made(window("nothing"))["network.html"]).startswith(
        "Nothing is at fault as far as poise can tell. Your layer, the network, is"
    )
    nothing = Window(seen.stack, seen.now)
    assert lead(made(nothing)["database.html"]).startswith("poise cannot tell whether your layer, the database, is at fault")


@pytest.mark.parametrize("story", ["uneven 256/1/1/1", "load balancer gone", "one failing", "loss to database", "nothing"])
def test_every_page_of_every_story_is_whole_and_fetches_nothing(story: str) -> None:
    found = made(window(story, 20))
    assert set(found) == {"index.html", *(f"{team}.html" for team in TEAMS)}
    for name, page in found.items():
        tags = Tags()
        tags.feed(page)
        assert tags.open == [], name
        assert all(link in found or link.startswith(("#", "data:")) for link in tags.fetches), name
        assert not tags.seen & {"script", "iframe", "object", "img", "form"}
        assert MARK in page[:200]


def test_hostile_names_and_passwords_reach_no_page() -> None:
    seen = window()
    watch = Watch(
        client="http://u:secret1@h/?token=secret2",
        database={f"main{HOSTILE}": WatchedDatabase(dsn="postgresql://u:secret3@h/d?password=secret4")},
    )
    named = {(c.replace("main", f"main{HOSTILE}").replace("app1", f"app1{HOSTILE}"), m): s for (c, m), s in seen.series.items()}
    parts = tuple(
        replace(c, name=c.name.replace("main", f"main{HOSTILE}").replace("app1", f"app1{HOSTILE}"), address="http://u:secret5@h")
        for c in seen.stack.components
    )
    stack = replace(seen.stack, components=(*parts, Component(HOSTILE, "pool")))
    hostile = replace(seen, series=named, stack=stack, needs=replace(NEEDS, watch=watch))
    for page in made(hostile).values():
        assert "<script" not in page
        assert "secret" not in page
        assert "\x1b" not in page
        assert "\u202e" not in page


def test_what_is_over_and_what_differs_is_on_the_pages_and_hostile_text_is_not() -> None:
    seen = Story().run(40, HEALTHY).run(20, STORIES["locks"][2]).run(30, HEALTHY).window()
    d = replace(diagnose(seen), differences=(f"pool web: {HOSTILE} runs with weight 1",))
    assert d.ended is not None
    told = pages(d, (Looked("lb1", seen, d),), None)
    index, database = told["index.html"], told["database.html"]
    assert "Over, nothing is wrong now. It was the database" in index and "Nothing to repair now" in index
    assert "Nothing is at fault any more. What was is over since" in database
    assert "What the load balancers do differently" in index
    for page in told.values():
        assert "<script" not in page and "\x1b" not in page and "\u202e" not in page


def test_what_was_not_measured_is_said_with_what_it_costs() -> None:
    page = made(Story().run(60, HEALTHY).run(20, STORIES["locks"][2]).window(keep=lambda _, metric: metric != "statement_ms"))
    assert "a slow database cannot be told from a slow way to it" in page["database.html"]
    assert "Everything that poise knows to look at in this layer was measured." in made(window())["database.html"]


def test_shares_stand_beside_what_is_wanted() -> None:
    page = made(window("uneven 3/1/1/1"))["load-balancer.html"]
    found = re.search(r'aria-label="(app1 [^"]*)"', page)
    assert found is not None
    # 3 of 6 parts; wanted evenly.
    assert round(float(re.findall(r"([\d.]+) %, wanted 25.0 %", found[1])[0])) in range(46, 55)


def test_pictures_say_in_words_what_they_show() -> None:
    series = Series(START.timestamp() + np.arange(4.0), np.array([1.0, 1.0, 9.0, 9.0]))
    chart = Chart("queue", (("web", series),), (0.5, 1.5), START.timestamp(), START.timestamp() + 3, START.timestamp() + 2)
    assert said(chart) == "queue, web: 9 in the middle since the onset; usual before it: 0.5 to 1.5"
    assert "app2 not measured, wanted 50.0 %" in bars_svg((("app1", 0.5, 0.5), ("app2", None, 0.5)))


def test_words_of_certainty() -> None:
    assert [in_words(p) for p in (0.995, 0.95, 0.7, 0.5, 0.2, 0.05, 0.001)] == [
        "virtually certain",
        "very likely",
        "likely",
        "about as likely as not",
        "unlikely",
        "very unlikely",
        "exceptionally unlikely",
    ]
    assert [strength(b) for b in (-6.5, 3.0, 0.1)] == ["very strongly (−6.5 bits)", "strongly (+3.0 bits)", "hardly (+0.1 bits)"]


def told(seen: Window) -> Told:
    d = diagnose(seen)
    return Told(d, (), (Looked("lb1", seen, d),))


def test_pages_are_written_and_written_again_but_never_over_what_is_foreign(tmp_path: Path) -> None:
    seen = told(window())
    folder = tmp_path / "new" / "pages"
    for _ in range(2):
        written, could_not = app.write_evidence(folder, seen, lambda _: False)
        assert (written[0], len(written), could_not) == (folder / "index.html", 5, ())
    (folder / "index.html").write_text("mine", encoding="utf-8")
    written, could_not = app.write_evidence(folder, seen, lambda _: False)
    assert written == ()
    assert "left as it is" in could_not[0].reason
    assert (folder / "index.html").read_text(encoding="utf-8") == "mine"
    assert app.write_evidence(folder, seen, lambda foreign: foreign == [folder / "index.html"])[1] == ()


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(app, "replace_text", full)
    written, could_not = app.write_evidence(tmp_path, told(window()), lambda _: True)
    assert written == ()
    assert could_not[0].reason.startswith("No space left on device: the pages are not complete")
    assert private.replace_text is not full


def test_two_load_balancers_are_one_ranking_and_a_part_each_of_the_pages() -> None:
    bad, good = window("uneven 256/1/1/1"), window("nothing")
    looked = tuple(Looked(name, seen, diagnose(seen)) for name, seen in (("lb1", good), ("lb2", bad)))
    d = together(looked)
    assert (d.verdict, d.best.fault, d.best.load_balancer) == ("fault", "uneven-weights", "lb2")
    assert d.onset == looked[1].diagnosis.onset
    assert sum(h.probability for h in d.hypotheses) == pytest.approx(1, abs=0.01)
    page = pages(d, looked, None)["load-balancer.html"]
    assert "the weights of pool web of lb2 send" in lead(page)
    assert page.count("<h3>lb1</h3>") == page.count("<h3>lb2</h3>") >= 2
    well = together(tuple(Looked(name, good, diagnose(good)) for name in ("lb1", "lb2")))
    assert (well.verdict, probability("none", well) > 0.9) == ("none", True)


def test_the_same_database_seen_twice_counts_once() -> None:
    seen = window()
    alone, twice = diagnose(seen), together(tuple(Looked(name, seen, diagnose(seen)) for name in ("lb1", "lb2")))
    assert twice.best.fault == alone.best.fault == "database-locked"
    assert twice.best.load_balancer is None
    assert twice.best.probability == pytest.approx(alone.best.probability, abs=0.05)
