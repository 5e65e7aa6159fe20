"""The list of rules and what each rule says of itself are the same; nothing is imported for a product that was not read."""

import subprocess
import sys

import pytest

from poise.rules import RULES
from poise.rules.registry import Entry, Registry


@pytest.mark.parametrize("entry", RULES.entries, ids=lambda e: e.name)
def test_the_line_is_what_the_rule_says(entry: Entry) -> None:
    rule = entry.rule()
    assert (rule.theme, rule.name, set(rule.products)) == (entry.theme, entry.name, set(entry.products))


def test_every_module_of_a_theme_that_holds_a_rule_is_listed() -> None:
    from pathlib import Path

    import poise.rules

    folder = Path(poise.rules.__file__).parent
    held = {
        (file.parent.name, file.stem.replace("_", "-"))
        for file in folder.glob("*/*.py")
        if "\nRULE = Rule(" in file.read_text(encoding="utf-8")
    }
    assert {(entry.theme, entry.name) for entry in RULES.entries} == held


def test_rules_of_one_product_import_no_rule_of_another() -> None:
    program = (
        "import sys\nfrom poise.rules import RULES\nRULES.of(['nginx'])\n"
        "loaded = {m.rpartition('.')[2].replace('_', '-') for m in sys.modules if m.startswith('poise.rules.')}\n"
        "others = {e.name for e in RULES.entries if 'nginx' not in e.products} & loaded\n"
        "sys.exit(f'imported {others}' if others else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_it_is_a_sequence() -> None:
    assert RULES[0] is next(iter(RULES))
    assert list(RULES[:2]) == [RULES[0], RULES[1]]
    assert len(RULES) == len(RULES.names) == len(list(RULES))
    assert RULES.named("uneven-weights") is RULES[RULES.names.index("uneven-weights")]
    assert RULES.named("no-such-rule") is None


def test_a_line_without_its_module_is_our_own_bug() -> None:
    with pytest.raises(ImportError):
        list(Registry(("distribution", "no-such-rule", ("haproxy",))))
