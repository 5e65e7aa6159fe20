"""Draws stacks, gives each a fault, keeps recordings with their truth, and tables what poise says of them.

    python -m benchmarks.diagnose_table --results DIR --seeds 1-2 --lanes 2
    python -m benchmarks.diagnose_table --results DIR --again

Runs are kept below DIR/corpus; one that is there already is not made again, so an interrupted table goes on where it stopped. `--again`
makes none and diagnoses what is kept. DIR/verdicts.jsonl has every verdict. Seeds below 1000 are for fitting, those from 1000 on for the
final table.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

from benchmarks.diagnose_table import misled
from benchmarks.diagnose_table.corpus import Asked, asked, pairs, truth_of
from benchmarks.diagnose_table.herrings import HERRINGS
from benchmarks.diagnose_table.judge import CUTS_SECONDS, judge
from benchmarks.diagnose_table.removed import Without, judge_without, summary
from benchmarks.diagnose_table.table import SURE, Row, calibration, misses, table

LIMIT_SECONDS = 300
RESULTS = Path.home() / ".cache" / "poise-diagnose-table"
ROOT = Path(__file__).parents[2]


def seeds_of(text: str) -> range:
    """`3` or `1-20`."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def make(run: Asked, corpus: Path) -> str:
    """One run in a process of its own; what came of it on one line."""
    folder = run.folder(corpus)
    shutil.rmtree(folder, ignore_errors=True)
    words = [sys.executable, "-m", "benchmarks.diagnose_table.run", run.case, run.product, str(run.seed), str(folder)]
    places = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": places}, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, said = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            # The lab's children end with it.
            process.terminate()
            _, said = process.communicate()
    truth = truth_of(folder)
    told = said.strip().splitlines()[-1][:300] if said.strip() else "without a word"
    if truth is None:
        return f"{run.product}/{run.case}/{run.seed} did not come about: {told}"
    hurt, well = truth["hurt_after_seconds"], truth["undone_after_seconds"]
    return f"{run.product}/{run.case}/{run.seed}: clients hurt after {hurt} s, well {well} s after the repair"


def judged(folder: Path, cuts: Sequence[int], removed: Sequence[str], herring: str) -> Row | None:
    """A kept run with its verdicts."""
    truth = truth_of(folder)
    return None if truth is None else Row(truth, judge(folder, truth, cuts, removed, herring))


def kept(folders: Sequence[Path], chosen: argparse.Namespace, herring: str) -> list[Row]:
    """All kept runs in these folders, diagnosed now as the options say."""
    with ProcessPoolExecutor(chosen.lanes) as pool:
        judging = partial(judged, cuts=chosen.cuts, removed=chosen.remove, herring=herring)
        return [row for row in pool.map(judging, folders, chunksize=4) if row is not None and row.judged]


def lacking(folder: Path, count: int) -> list[Without]:
    """A kept run without some observables."""
    truth = truth_of(folder)
    return [] if truth is None else judge_without(folder, truth, count)


def without_some(folders: Sequence[Path], chosen: argparse.Namespace) -> list[str]:
    """What is said where observables are missing."""
    with ProcessPoolExecutor(chosen.lanes) as pool:
        rows = [row for rows in pool.map(partial(lacking, count=chosen.without), folders, chunksize=2) for row in rows]
    sure = [row for row in rows if row.judged.probability >= SURE and row.judged.layer_right is not True]
    lines = [f"  {row.case} without {' and '.join(row.removed)}: {row.judged.verdict}: {row.judged.fault}" for row in sure]
    return [*(lines if chosen.misses else []), *summary(rows)]


def misled_by_each(folders: Sequence[Path], chosen: argparse.Namespace) -> list[str]:
    """Each herring laid into each run, against the run without it; of the last instant that was reached."""
    chosen.cuts = chosen.cuts[-1:]
    plain, lines = kept(folders, chosen, ""), [misled.head()]
    for herring in HERRINGS:
        rows = kept(folders, chosen, herring)
        lines += [misled.line(herring, plain, rows), *(misled.changed(plain, rows) if chosen.misses else [])]
    return lines


def main() -> None:
    """Make what is missing, judge all, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", action="append", default=[], help="repeatable (default: all)")
    parser.add_argument("--product", action="append", default=[], help="repeatable (default: all that have the fault)")
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("1-5"), help="one, or FIRST-LAST")
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="make no runs, diagnose those that are kept")
    parser.add_argument("--pairs", action="store_true", help="two faults at once, one random pair a seed")
    parser.add_argument("--by-product", action="store_true")
    parser.add_argument("--misses", action="store_true", help="a line for each run whose fault was not named")
    parser.add_argument(
        "--cuts", type=lambda text: [int(word) for word in text.split(",")], default=CUTS_SECONDS, help="seconds after onset"
    )
    parser.add_argument("--remove", action="append", default=[], help="an observable to do without (see judge.without); repeatable")
    parser.add_argument("--herring", choices=sorted(HERRINGS), default="", help="what misleads, laid into each recording")
    parser.add_argument("--herrings", action="store_true", help="each herring against the same runs without it, at the last of --cuts")
    parser.add_argument(
        "--without", type=int, default=0, metavar="N", help="N observables alone and N pairs drawn for each run to do without"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="a folder outside the repository (default: %(default)s)")
    chosen = parser.parse_args()
    corpus = chosen.results / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    runs = list(pairs(chosen.product, chosen.seeds) if chosen.pairs else asked(chosen.fault, chosen.product, chosen.seeds))
    if not chosen.again:
        left = [run for run in runs if not (run.folder(corpus) / "truth.json").exists()]
        with ThreadPoolExecutor(chosen.lanes) as lanes:
            for number, line in enumerate(lanes.map(lambda run: make(run, corpus), left), 1):
                print(f"{number}/{len(left)} {line}", flush=True)
    folders = [run.folder(corpus) for run in runs if (run.folder(corpus) / "truth.json").exists()]
    if chosen.herrings or chosen.without:
        print(
            "\n".join(
                [*(misled_by_each(folders, chosen) if chosen.herrings else []), *(without_some(folders, chosen) if chosen.without else [])]
            )
        )
        return
    rows = kept(folders, chosen, chosen.herring)
    with (chosen.results / "verdicts.jsonl").open("w") as file:
        for row in rows:
            truth = {name: row.truth[name] for name in ("case", "product", "seed", "layers", "faults", "hurt_after_seconds", "mode")}
            file.write(json.dumps({**truth, "verdicts": [asdict(each) for each in row.judged]}) + "\n")
    for line in misses(rows) if chosen.misses else []:
        print(line)
    print("\n".join([*table(rows, chosen.by_product), "", *calibration(rows)]))


if __name__ == "__main__":
    main()
