"""Recordings by another hand: simulated from the facts by somebody who has not seen the diagnosis."""

import json
from pathlib import Path

from benchmarks.foreign_recordings import judge, made


def test_the_layer_is_right_on_recordings_of_a_foreign_simulation(tmp_path: Path) -> None:
    folder = made(tmp_path, seed=31, count=20)
    truths = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    assert len({truth["case"] for truth in truths}) == 20
    wrong = [j for truth in truths if not (j := judge(folder, truth, None)).right]
    # 97 of 100 over 150 of another seed (`python -m benchmarks.foreign_recordings`): of twenty, two may miss.
    assert len(wrong) <= 2, wrong
