"""What is found once in a pool is kept by its name: two findings of one name would be taken for each other."""

import re
from collections import defaultdict
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "poise"
ONCE = re.compile(r"""\.once\(\s*"([^"]+)",\s*([^\n]+?)\)(?=[.\s,)]|$)""")


def test_each_name_stands_for_one_finding() -> None:
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for file in SOURCE.rglob("*.py"):
        for name, find in ONCE.findall(file.read_text()):
            found[name].add((file.name, find.partition(")")[0]))
    assert len(found) > 5
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
