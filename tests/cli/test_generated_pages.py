"""The pages in docs are what the units say now: regenerating makes no difference."""

from pathlib import Path

import pytest

from poise.app.fault_table import table
from poise.app.pages import generate, pages
from poise.cli.root import COMMANDS, root
from poise.faults import FAULTS
from poise.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pages(root)


@pytest.mark.parametrize("path", PAGES)
def test_regeneration_makes_no_difference(path: str) -> None:
    assert (DOCS / path).read_text(encoding="utf-8") == PAGES[path], "run: make docs"


def test_no_page_is_left_without_its_unit() -> None:
    kept = {
        f"{folder}/{file.name}"
        for folder in ("rules", "review-rules", "faults", "drills", "guide", "commands")
        for file in (DOCS / folder).glob("*.md")
    }
    assert kept == set(PAGES)


def test_every_rule_fault_and_command_has_its_page() -> None:
    wanted = {f"rules/{r.name}.md" for r in RULES} | {f"faults/{u.FAULT.name}.md" for u in FAULTS} | {f"commands/{n}.md" for n in COMMANDS}
    assert wanted <= set(PAGES)


def test_stale_pages_go_and_foreign_files_stay(tmp_path: Path) -> None:
    generate(tmp_path, root)
    stale, foreign = tmp_path / "rules" / "gone.md", tmp_path / "rules" / "notes.md"
    stale.write_text((tmp_path / "rules" / "README.md").read_text())
    foreign.write_text("# By hand\n")
    assert generate(tmp_path, root) == [stale]
    assert foreign.exists()


def test_holes_of_the_table_are_visible() -> None:
    index = PAGES["faults/README.md"].split("\n")
    for row in table():
        (line,) = [x for x in index if x.startswith(f"| [{row.fault}]")]
        announced = (bool(row.rules or row.unruled) and bool(row.detectors)) or not row.announceable
        assert ("**none**" in line) == (not announced or not row.diagnosis or not row.remedy or not row.page)


def test_where_nothing_can_announce_a_fault_there_is_no_hole() -> None:
    lines = {x.split("]")[0].removeprefix("| ["): x for x in PAGES["faults/README.md"].split("\n") if x.startswith("| [")}
    assert lines["none"] == "| [none](none.md) | none | – | – | yes | yes | yes |"
    assert lines["outside"].startswith("| [outside](outside.md) | outside | – | – |")


def test_the_table_of_rules_says_what_each_prevents() -> None:
    table = [line for line in PAGES["rules/README.md"].split("\n") if line.startswith("| [")]
    rows = {line.split("]")[0].removeprefix("| ["): line.split(" | ") for line in table}
    for rule in RULES:
        prevents = rows[rule.name][-1].removesuffix(" |")
        assert prevents == (", ".join(f"[{name}](../faults/{name}.md)" for name in rule.faults) or rule.because)
        assert len(prevents) > 10 and "**none**" not in prevents
