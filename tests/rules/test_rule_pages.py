"""Every rule's page is its first test: Bad fires exactly that rule, Good fires none, and the product itself accepts both."""

import re
from pathlib import Path

import pytest
from rule_examples import EXAMPLES, FILES, example, findings, refusals

from poise.rules import RULES
from poise.rules.rule import SECTIONS, Rule

NAMES = [f"{rule.name}-{product}-{title}" for rule, product, title in EXAMPLES]


@pytest.mark.parametrize(("rule", "product", "title"), EXAMPLES, ids=NAMES)
def test_bad_fires_exactly_this_rule_and_good_none(rule: Rule, product: str, title: str, tmp_path: Path) -> None:
    assert set(findings(rule, product, title, tmp_path)) == ({rule.name} if title == "Bad" else set())


@pytest.mark.parametrize(("rule", "product", "title"), EXAMPLES, ids=NAMES)
def test_the_product_accepts_the_example(rule: Rule, product: str, title: str, tmp_path: Path) -> None:
    file = tmp_path / FILES[product]
    file.write_text(example(rule, product, title))
    # What these rules find is what older, or newer, binaries refuse, or any while a name cannot be found.
    refused = ("directive-too-new", "httpchk-header-in-version", "start-needs-dns")
    assert bool(refusals(product, file)) == (rule.name in refused and title == "Bad")


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_a_rule_prevents_a_fault_or_says_why_none(rule: Rule) -> None:
    assert bool(rule.fault) != bool(rule.because)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_page_has_every_section_and_ends_its_links(rule: Rule) -> None:
    assert [s for s in SECTIONS if not rule.section(s)] == []
    assert re.findall(r"^## (.*)$", rule.page or "", re.MULTILINE) == list(SECTIONS)
    assert rule.summary.endswith(".")
    names = {r.name for r in RULES}
    assert set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", rule.section("See also"))) <= names


def test_names_are_unique_and_the_file_is_named_after_the_rule() -> None:
    assert len({r.name for r in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.check.__module__.rpartition(".")[2] == rule.name.replace("-", "_")


def test_every_fault_that_a_rule_names_exists() -> None:
    from poise.faults import FAULTS

    assert {name for r in RULES for name in r.faults} <= {unit.FAULT.name for unit in FAULTS}
    assert [r.name for r in RULES if len(set(r.faults)) < len(r.faults) or (r.also and not r.fault)] == []


def test_every_fault_has_a_rule_or_says_why_none_could_warn() -> None:
    from poise.faults import FAULTS

    warned = {name for r in RULES for name in r.faults}
    ours = [unit.FAULT for unit in FAULTS if unit.FAULT.layer not in ("outside", "none")]
    assert [f.name for f in ours if (f.name in warned) == bool(f.unruled)] == []
