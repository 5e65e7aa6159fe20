"""How the diagnosis fares on recordings that another hand simulated from the facts alone.

    python -m benchmarks.foreign_recordings --seed 22 --count 150        about two minutes of processor
    python -m benchmarks.foreign_recordings --kept DIR                   recordings that were made before

Kinds, layers and what a recording lacks are described beside them (tests/diagnosis/recordings_by_another_hand/README.md). Each is judged at
its end and 20 s after the fault. A layer is right if it is one of the accepted; "undetermined" where that is accepted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.diagnose_table.judge import until
from benchmarks.reliability import error, groups
from poise.app.diagnose_recording import read_recording
from poise.diagnosis.engine import diagnose

MAKER = Path(__file__).parent.parent / "tests" / "diagnosis" / "recordings_by_another_hand" / "make_recordings.py"
# Where nothing happens there is no onset: the last half minute is as good as any.
QUIET_SECONDS = 30.0
OPEN = "undetermined"


@dataclass(frozen=True)
class Judged:
    """One diagnosis of one recording. `probability` 0–1 is that of the layer it names, `layer` may be "undetermined"."""

    kind: str
    case: str
    layer: str
    probability: float
    right: bool


def main() -> int:
    """Print the tables; 1 where fewer than nine in ten layers are right at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.foreign_recordings", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--verdicts", type=Path, help="a file for the probability of each verdict and whether it was right, as JSON lines")
    given = parser.parse_args()
    told: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = given.kept or made(Path(place), given.seed, given.count)
        truths = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
        for words, after in (("20 s after the fault", 20.0), ("at the end", None)):
            judged = [judge(folder, truth, after) for truth in truths]
            tell(words, judged)
            told += [{"kind": j.kind, "when": words, "probability": j.probability, "right": j.right} for j in judged if j.layer != OPEN]
    if given.verdicts is not None:
        given.verdicts.write_text("".join(json.dumps(each) + "\n" for each in told))
    return int(sum(j.right for j in judged) < 0.9 * len(judged))


def made(place: Path, seed: int, count: int) -> Path:
    """Recordings of that seed below `place`."""
    subprocess.run([sys.executable, str(MAKER), "--seed", str(seed), "--count", str(count), "--out", str(place)], check=True)
    return place


def judge(folder: Path, truth: Mapping[str, Any], after: float | None) -> Judged:
    """The diagnosis of that case so many seconds after the fault, None for all that was recorded."""
    window = read_recording(folder / truth["case"])
    if after is not None:
        begun = datetime.fromisoformat(truth["onset"]).timestamp() if truth.get("onset") else window.now.timestamp() - QUIET_SECONDS
        window = until(window, datetime.fromtimestamp(min(begun + after, window.now.timestamp()), UTC))
    diagnosis = diagnose(window)
    layer = OPEN if diagnosis.verdict == OPEN else diagnosis.best.layer
    right = layer in truth["layers"] or (layer == OPEN and bool(truth.get("undetermined_ok")))
    probability = sum(h.probability for h in diagnosis.hypotheses if h.layer == diagnosis.best.layer)
    kind = truth["case"].partition("-")[2].rpartition("-")[0].partition("-without-")[0]
    return Judged(kind, truth["case"], layer, probability, right)


def tell(words: str, judged: Sequence[Judged]) -> None:
    """Right layers by kind, the misses, and how far the probabilities can be believed."""
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        kinds[each.kind].append(each)
    print(f"\n{words}: layer right {sum(j.right for j in judged)} of {len(judged)}")
    for kind in sorted(kinds):
        wrong = [j for j in kinds[kind] if not j.right]
        told = ", ".join(f"{j.case} {j.layer} {j.probability:.2f}" for j in wrong)
        print(f"  {kind:20} {len(kinds[kind]) - len(wrong):3} of {len(kinds[kind]):3}  {told}")
    sure = [j for j in judged if j.layer != OPEN]
    found = groups((j.probability, j.right) for j in sure)
    print(f"expected calibration error {error(found):.3f}; at p ≥ 0.8 wrong {sum(not j.right for j in sure if j.probability >= 0.8)}")
    print("\n".join(f"  told {group.stated:.2f}  right {group.true:.2f}  of {group.count}" for group in found))


if __name__ == "__main__":
    sys.exit(main())
