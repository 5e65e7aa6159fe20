"""Every configuration of the guide is put to the real programs and to our audit: it must be what its chapter says of it."""

import re
from pathlib import Path

import pytest
from rule_examples import FILES, read, refusals
from tests.guide.guide_examples import GUIDE, PRODUCTS, Block, blocks, fences

from poise.app.needs import read_needs
from poise.balance.forecast import forecast
from poise.model.needs import Needs
from poise.model.topology import Topology
from poise.report import forecast_text
from poise.rules import RULES
from poise.rules.engine import judge

BLOCKS = blocks()


def written(block: Block, folder: Path) -> tuple[tuple[Topology, ...], Needs]:
    file = folder / FILES[block.product]
    file.write_text(block.text)
    needs = Needs()
    if block.needs:
        (folder / "poise.toml").write_text(block.needs)
        needs, unread = read_needs(str(folder / "poise.toml"))
        assert not unread
    topologies, could_not = read(block.product, file)
    assert not could_not
    assert [t.product for t in topologies] == [block.product]
    return topologies, needs


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_the_audit_says_of_a_configuration_what_the_chapter_says(block: Block, tmp_path: Path) -> None:
    topologies, needs = written(block, tmp_path)
    before: tuple[Topology, ...] = ()
    if block.before:
        old = tmp_path / f"old-{FILES[block.product]}"
        old.write_text(block.before)
        before, could_not = read(block.product, old)
        assert not could_not
    findings = judge(topologies, needs, RULES, before=before).findings
    assert block.rules <= {f.rule for f in findings}, "a rule that is named finds nothing"
    assert {f.rule for f in findings if f.severity != "info"} - block.rules == set(), "findings that the chapter does not name"
    assert block.good or block.rules, "a bad configuration names the rule that finds it"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_the_product_takes_the_configuration(block: Block, tmp_path: Path) -> None:
    file = tmp_path / FILES[block.product]
    file.write_text(block.text)
    assert bool(refusals(block.product, file)) == block.refused


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.forecast], ids=lambda b: b.name)
def test_what_the_chapter_shows_of_a_forecast_is_what_predict_says(block: Block, tmp_path: Path) -> None:
    topologies, needs = written(block, tmp_path)
    said = [" ".join(line.split()) for line in forecast_text.text(forecast(topologies, needs)).splitlines()]
    for line in block.forecast:
        assert any(" ".join(line.split()) in each for each in said), (line, said)


def test_the_guide_shows_good_and_bad_of_every_product() -> None:
    assert {(b.product, b.good) for b in BLOCKS} == {(product, good) for product in PRODUCTS for good in (True, False)}
    assert len({b.name for b in BLOCKS}) == len(BLOCKS)


@pytest.mark.parametrize("file", sorted(GUIDE.glob("[0-9]*.md")), ids=lambda f: f.stem)
def test_a_chapter_has_what_every_chapter_has(file: Path) -> None:
    text = file.read_text()
    number = int(file.stem[:2])
    assert text.startswith(f"# {number}. ")
    assert re.match(r"# .*\n\n\*[^*]+\*\n", text), "a sentence that says what the chapter wants"
    sections = [body for _, info, body in fences(text) if info == "##"]
    wanted = ["Decide", "Why", "Arithmetic", "Configuration", "Checklist", "See also", "Sources"]
    assert [s for s in sections if s in wanted] == wanted


def test_links_of_the_guide_lead_somewhere() -> None:
    docs = Path(__file__).parents[2] / "docs"
    links = [(file.name, target) for file in GUIDE.glob("*.md") for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text())]
    inside = [(name, target) for name, target in links if not target.startswith("http")]
    assert len(inside) > 100
    assert [each for each in inside if not (docs / "guide" / each[1]).resolve().is_file()] == []
