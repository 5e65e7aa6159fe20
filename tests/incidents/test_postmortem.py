"""The postmortem: complete, without contradiction, blameless, and safe against the names in it."""

import re
from dataclasses import replace

from markdown_it import MarkdownIt
from november_story import at, diagnosis, events, incident, november_window, plan

from poise.incidents.actions import proposed
from poise.incidents.figures import figure, percent
from poise.incidents.lifecycle import entry, fold, hypothesis_opened, opened
from poise.incidents.markdown_text import code, safe
from poise.incidents.postmortem import markdown
from poise.model.evidence import Evidence
from poise.model.incident import BoardHypothesis, Incident

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://e.example/i.png) | `a` **b** \x1b[31m \u202e # h\n\n# H1 http://e.example"
SECTIONS = (
    "Summary",
    "Impact",
    "Times",
    "Timeline (UTC)",
    "Cause: what was at fault",
    "What was ruled out, and by which figures",
    "Trigger",
    "Contributing factors",
    "Detection",
    "Resolution",
    "What went well",
    "What went wrong",
    "Where we were lucky",
    "What surprised us",
    "Hypotheses",
    "Action items",
    "Supporting data",
)
# Words that the rules of review find: blame, hindsight, hand-waving, and sides that exclude each other.
FORBIDDEN = (
    r"human error|mistake|careless|forgot|failed to|negligent|should have|could have|would have|if only|root cause|"
    r"simply|obviously|clearly|of course|immediately|improve|enhance|regularly|outage|all users|complete outage"
)


def november() -> str:
    return markdown(incident(), november_window(), diagnosis(), plan())


def test_it_has_all_sections_and_is_the_same_each_time() -> None:
    text = november()
    assert tuple(re.findall(r"^## (.*)$", text, re.M)) == SECTIONS
    assert text == november()


def test_its_figures_are_those_of_the_day() -> None:
    text = november()
    for figures in (
        "403,387 of 1,233,600",
        "32.7 %",
        "10,084.68",
        "| Time to cause | 4 h | detection |",
        "| Time to resolve | 4 h 47 min | the start of the impact |",
        "73.7 % of the time from detection to the end (3 h 30 min)",
        "share of app1: 98.9 %, expected 25 % (show stat)",
        "statement_ms of main: 0.16, expected 120 (pg_stat_statements)",
        "haproxy.cfg: weights of pool web 100/100/100/100 → 256/1/1/1",
        "- Layer: load-balancer",
        "`set server web/app2 weight 100`",
    ):
        assert figures in text, figures
    assert "Postmortem status: draft" in text


def test_it_keeps_the_rules_of_review() -> None:
    text = november()
    assert re.findall(FORBIDDEN, text, re.I) == []
    table = text.split("## Action items")[1].split("## Supporting")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.strip().splitlines()[2:]]
    assert {row[1] for row in rows} == {"prevent", "detect", "mitigate", "process"}
    assert all(row[2:5] == ["to be assigned", "to be set", "to be opened"] for row in rows)
    assert all(re.match(r"(Run|Add|Alert|Set) ", row[0]) for row in rows)
    clocks = [line.split("|")[1].strip() for line in text.split("## Timeline (UTC)")[1].split("##")[0].strip().splitlines()[2:]]
    assert clocks == sorted(clocks)
    assert len(clocks) == 16


def test_an_incident_of_which_nothing_is_known_says_so() -> None:
    text = markdown(fold([]))
    assert tuple(re.findall(r"^## (.*)$", text, re.M)) == SECTIONS
    assert "What was at fault is not determined yet." in text
    assert "No action item was noted." in text
    assert "Requests that failed: not measured" in text


def test_detection_before_the_start_is_said() -> None:
    from poise.incidents.lifecycle import observed_time

    story = fold((*events(), observed_time("impact_started", at("14:00"), at("19:00"), "on call", "stated")))
    assert "Detection is 15 min earlier than the recorded start of the impact" in markdown(story)


def hostile_incident() -> Incident:
    r = at("19:00")
    story = fold(
        (
            opened(at("13:45"), r, HOSTILE, HOSTILE, HOSTILE),
            entry("change", at("13:43"), r, HOSTILE, HOSTILE),
            hypothesis_opened("1", HOSTILE, "database", at("14:00"), r, HOSTILE),
            *events()[1:7],
        ),
        HOSTILE,
    )
    evidence = Evidence(HOSTILE, HOSTILE, HOSTILE, -3.0, HOSTILE)
    return replace(story, hypotheses=(BoardHypothesis(HOSTILE, "database", "ruled_out", at("14:00"), at("15:00"), (evidence,)),))


def test_hostile_names_neither_format_nor_link_nor_break_tables() -> None:
    text = markdown(hostile_incident(), november_window(), diagnosis(), plan())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert re.findall(r"<(script|img|a|strong|em)\b", page) == []
    assert page.count("<h1>") == 1
    assert tuple(re.findall(r"<h2>(.*?)</h2>", page)) == SECTIONS
    for table in re.findall(r"<table>.*?</table>", page, re.S):
        head = table.split("</tr>")[0].count("<th>")
        assert all(row.count("<td>") == head for row in re.findall(r"<tr>\s*<td.*?</tr>", table, re.S))


def test_safe_text_shows_as_it_was_written() -> None:
    for text in (
        "1. one",
        "- dash",
        "# hash",
        "+ plus",
        "1) one",
        "a_b _c_ *d* `e` [f](g) <h> i|j ~k~ &amp; $l$",
        "=====",
        "0.16",
        "http://x.example",
    ):
        page = MarkdownIt("commonmark", {"html": True}).enable("table").render(safe(text)).strip()
        import html

        assert page.startswith("<p>"), page
        assert html.unescape(re.sub(r"</?p>", "", page)) == text
    assert safe("0.16") == "0.16"
    assert code("a`b``c") == "```a`b``c```"
    assert code("`a") == "`` `a ``"


def test_figures() -> None:
    assert [percent(v) for v in (0, 0.0037, 0.25, 0.327, 0.989, 0.99995, 1, 0.011 / 3)] == [
        "0 %",
        "0.37 %",
        "25 %",
        "32.7 %",
        "98.9 %",
        "99.995 %",
        "100 %",
        "0.37 %",
    ]
    assert figure(3874.2, "p99_ms") == "3,874"
    assert figure(0.989, "share of app1") == "98.9 %"
    assert figure(None) == "unknown"


def test_proposals_fill_only_the_kinds_that_nobody_noted() -> None:
    assert [item.kind for item in proposed(incident(), diagnosis(), plan())] == ["detect", "mitigate", "process"]
    assert proposed(fold([])) == ()
    none = replace(diagnosis(), verdict="none")
    assert proposed(fold([]), none) == ()
