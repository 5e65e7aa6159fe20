"""The page and its picture: well formed, small, self-contained, safe, and saying the right figures."""

import hashlib
import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import numpy as np
import pytest
from november_story import NEEDS, SERVERS, at, diagnosis, events, incident, november_window, plan, short, window

from poise.incidents.lifecycle import entry, fold, hypothesis_opened, observed_time, opened
from poise.incidents.postmortem import markdown
from poise.model.evidence import Evidence
from poise.model.incident import Incident
from poise.model.sample import Component, Series, Stack, Window
from poise.report.incident_page import html
from poise.report.svg_balance import svg
from poise.report.svg_series import picture

HOSTILE = "</style></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x00\x1b[31m\u202e\ud800 javascript:alert(1)"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Strict(HTMLParser):
    """Fails on tags that do not nest; collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, (tag, self.open[-3:])


def parsed(page: str) -> Strict:
    parser = Strict()
    parser.feed(page)
    assert parser.open == []
    return parser


def november() -> str:
    w = november_window()
    return html(incident(), w, diagnosis(), plan(), markdown(incident(), w, diagnosis(), plan()))


def test_the_picture_names_the_hot_server_and_the_figures() -> None:
    picture_text = svg(incident(), november_window())
    words = [t.text for t in ET.fromstring(picture_text).iter() if t.text]  # noqa: S314 - our own
    for said in (
        "app1 got 98.9 % of the requests, expected 25 %",
        "app1: 98.9 % of the requests",
        "app2, app3, app4: 0.37 % each",
        "expected 25 %",
        "up to 32.7 %",
        "up to 3,874 ms",
        "objective 500 ms",
        "3 h 30 min on wrong hypotheses",
        "The database is slow – ✗ ruled out, 2 h 15 min",
        "UTC",
    ):
        assert said in words, said


def test_shares_in_the_picture_are_those_of_the_counters() -> None:
    p = picture(incident(), november_window())
    assert p.hot == "app1"
    assert p.mean_shares["app1"] == pytest.approx(0.989, abs=1e-6)
    assert p.during == (at("13:43").timestamp(), at("18:00").timestamp())
    for t, share in zip(p.at, p.shares["app1"], strict=True):
        if at("13:50").timestamp() < t < at("17:55").timestamp():
            assert share == pytest.approx(0.989, abs=1e-6)
        if t < at("13:30").timestamp() or t > at("18:40").timestamp() + 30:
            assert share is None
    for column in zip(*p.shares.values(), strict=True):
        assert all(v is None for v in column) or sum(column) == pytest.approx(1)


def test_a_starved_server_is_the_one_named() -> None:
    w = short()[0]
    third = {s: np.cumsum(np.full(121, 80.0 * share)) for s, share in zip(SERVERS, (0.0, 1 / 3, 1 / 3, 1 / 3), strict=True)}
    seconds = w.get("web/app1", "requests_total").seconds
    w = replace(w, series={**w.series, **{(f"web/{s}", "requests_total"): Series(seconds, v) for s, v in third.items()}})
    assert "app1 got 0 % of the requests, expected 25 %" in svg(fold([]), w)


def test_a_counter_reset_and_bad_samples_do_no_harm() -> None:
    w = short()[0]
    series = dict(w.series)
    for s in SERVERS:
        old = series[(f"web/{s}", "requests_total")]
        values = old.values.copy()
        values[60:] -= values[59]  # the process was restarted: counters begin at zero again
        values[20] = np.nan
        series[(f"web/{s}", "requests_total")] = Series(old.seconds, values)
    p = picture(
        fold(
            [
                observed_time("impact_started", at("12:00:30"), at("12:02"), "x"),
                observed_time("mitigated", at("12:01:30"), at("12:02"), "x"),
            ]
        ),
        replace(w, series=series),
    )
    assert p.mean_shares["app1"] == pytest.approx(0.989, abs=0.02)
    assert all(v is None or 0 <= v <= 1 for row in p.shares.values() for v in row)


def test_the_page_is_self_contained_and_its_policy_allows_only_its_own_style() -> None:
    page = november()
    parser = parsed(page)
    assert not parser.tags & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "audio",
        "video",
        "foreignobject",
        "use",
        "a",
    } - {"a"}
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    assert style is not None
    digest = b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy.group(1).replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert page.count("<style>") == 1
    names = {name for name, _ in parser.attributes}
    assert not {n for n in names if n.startswith("on")} | (names & {"style", "src", "srcset", "xlink:href"})
    assert {v for n, v in parser.attributes if n == "href"} == {"#postmortem", "data:,"}
    assert "url(" not in style.group(1)
    assert "@import" not in style.group(1)


def test_ids_are_unique_and_each_picture_has_a_title_and_a_description() -> None:
    page = november()
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for labels in re.findall(r'aria-labelledby="([^"]*)"', page):
        assert set(labels.split()) <= set(ids)
    assert page.count("<svg ") == page.count("<desc ") == page.count('role="img"') == 2


def test_the_tables_beside_the_picture_hold_its_figures() -> None:
    page = re.sub(r"\s+", " ", november())
    assert re.search(
        r'<tr class="hot"><th scope="row">app1</th><td class="num">25 %</td><td class="num">25 %</td><td class="num">98.9 %</td>', page
    )
    assert re.search(r"Requests that failed</th><td class=\"num\">0</td><td class=\"num\">403,387</td><td class=\"num\">0</td>", page)
    assert re.search(
        r"p99, median over the samples</th><td class=\"num\">160 ms</td><td class=\"num\">3,874 ms</td><td class=\"num\">160 ms</td>", page
    )


def hostile() -> tuple[Incident, Window]:
    r = at("19:00")
    story = fold(
        (
            opened(at("13:45"), r, HOSTILE, HOSTILE, HOSTILE),
            entry("change", at("13:43"), r, HOSTILE, HOSTILE),
            entry("alert", at("13:44"), r, HOSTILE, HOSTILE),
            hypothesis_opened("1", HOSTILE, "database", at("14:00"), r, HOSTILE),
            *events()[1:7],
        ),
        HOSTILE,
    )
    w = november_window()
    names = {s: HOSTILE + s for s in SERVERS}
    stack = Stack(tuple(Component(f"web/{n}", "server") for n in names.values()))
    series = {(f"web/{n}", "requests_total"): w.get(f"web/{s}", "requests_total") for s, n in names.items()}
    return story, replace(w, stack=stack, series={**w.series, **series})


def test_hostile_texts_stay_texts() -> None:
    story, w = hostile()
    evidence = Evidence(HOSTILE, HOSTILE, HOSTILE, 3.0, HOSTILE)
    d = diagnosis()
    d = replace(d, hypotheses=tuple(replace(h, fault=HOSTILE, component=HOSTILE, evidence=(evidence,)) for h in d.hypotheses))
    steps = tuple(replace(s, what=HOSTILE, command=HOSTILE, undo=HOSTILE) for s in plan().steps)
    p = replace(plan(), steps=steps, risk=HOSTILE, confirm=(HOSTILE,), expected_shares={HOSTILE: 0.25})
    page = html(
        story, w, d, p, markdown(story, w, d, p) + "\n<script>alert(2)</script> [x](javascript:alert(1)) ![i](http://e.example/i.png)\n"
    )
    parser = parsed(page)
    assert not parser.tags & {"script", "img"}
    assert {v for n, v in parser.attributes if n == "href"} == {"#postmortem", "data:,"}
    assert page.count("<style>") == page.count("</style>") == 1
    page.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", page)
    ET.fromstring(svg(story, w))  # noqa: S314 - our own


def test_the_largest_window_makes_a_page_below_300_kb() -> None:
    """20 minutes at one sample a second, eight servers, noisy figures, 12 hypotheses and 300 lines of timeline."""
    start = at("12:00")
    w = window(start, start + timedelta(minutes=5), start + timedelta(minutes=15), start + timedelta(minutes=20), 1)
    noise = np.random.default_rng(10)
    seconds = w.get("client", "p99_ms").seconds
    series = dict(w.series)
    servers = [f"application-server-{n}" for n in range(8)]
    for s in servers:
        series[(f"web/{s}", "requests_total")] = Series(seconds, np.cumsum(noise.poisson(10, len(seconds))).astype(float))
    for metric, low, high in (("p99_ms", 100, 4000), ("success_ratio", 0.6, 1.0)):
        series[("client", metric)] = Series(seconds, noise.uniform(low, high, len(seconds)))
    w = replace(w, series=series, stack=Stack(tuple(Component(f"web/{s}", "server") for s in servers)))
    story = fold(
        (
            opened(start, start, "poise", "Large", "error"),
            observed_time("impact_started", start, start, "x"),
            observed_time("resolved", start + timedelta(minutes=20), start, "x"),
            *(hypothesis_opened(str(n), f"hypothesis number {n}", "database", start + timedelta(minutes=n), start, "x") for n in range(12)),
            *(entry("note", start + timedelta(seconds=4 * n), start, "x", f"line {n} of the timeline") for n in range(300)),
        )
    )
    page = html(story, w, diagnosis(), plan(), markdown(story, w, diagnosis(), plan()))
    parsed(page)
    assert len(page.encode()) < 300_000


def test_without_samples_and_times_it_says_so() -> None:
    page = html(fold([]), Window(Stack(), at("12:00")), None, None, markdown(fold([])))
    parsed(page)
    assert page.count("not measured") >= 6
    assert "No share was measured." in page


def test_expected_shares_follow_declared_ratios() -> None:
    ratios = replace(NEEDS.pool["web"], split={"app1": 2, "app2": 1, "app3": 1, "app4": 1})
    w = replace(november_window(), needs=replace(NEEDS, pool={"web": ratios}))
    assert picture(incident(), w).expected == pytest.approx({"app1": 0.4, "app2": 0.2, "app3": 0.2, "app4": 0.2})
