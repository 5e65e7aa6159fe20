"""The pages of the rules of review: complete, and true of the rule."""

import pytest

from poise.model.unit_page import SECTIONS, section
from poise.review.review import review
from poise.review.rule import ReviewRule
from poise.review.rules import RULES

NAMED = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


@NAMED
def test_the_page_has_its_sections_in_order(rule: ReviewRule) -> None:
    page = rule.page or ""
    assert page.splitlines()[0].endswith(".") or page.splitlines()[0].endswith('."')
    places = [page.find(f"\n## {title}\n") for title in SECTIONS]
    assert all(place > 0 for place in places) and places == sorted(places)
    assert all(section(page, title) for title in SECTIONS)


@NAMED
def test_it_finds_the_bad_example(rule: ReviewRule) -> None:
    examples = rule.examples("Bad")
    assert examples
    for text in examples:
        found = [finding for each in review(text, (rule,)) for finding in each.findings]
        assert [finding.rule for finding in found] == [rule.name]
        assert found[0].severity == rule.severity
        # It quotes what stands there.
        lines = text.split("\n")
        for quote in found[0].quotes:
            assert quote.text in lines[quote.line - 1] or lines[quote.line - 1].lstrip("-# ").startswith(quote.text)


@NAMED
def test_it_is_silent_on_the_good_example(rule: ReviewRule) -> None:
    examples = rule.examples("Good")
    assert examples
    for text in examples:
        assert [finding.message for each in review(text, (rule,)) for finding in each.findings] == []


def test_the_good_examples_contradict_nothing() -> None:
    for rule in RULES:
        for text in rule.examples("Good"):
            errors = [(rule.name, f.rule, f.message) for each in review(text) for f in each.findings if f.severity == "error"]
            assert errors == []


def test_names_are_the_files() -> None:
    assert [rule.check.__module__.rpartition(".")[2].replace("_", "-") for rule in RULES] == [rule.name for rule in RULES]


def test_see_also_names_rules_that_exist() -> None:
    import re

    names = {rule.name for rule in RULES}
    for rule in RULES:
        assert set(re.findall(r"`([a-z-]+)`", section(rule.page, "See also"))) <= names, rule.name
