"""Coverage-guided fuzzing of the three readers, the rules and the reports.

    make fuzz                                             all products, RUNS executions each (default 500,000)
    python -m tests.fuzz haproxy --runs 50000             one product
    python -m tests.fuzz haproxy --runs 50000 --keep      … and replace the kept corpus by the smallest that covers as much

What libFuzzer finds worth keeping stays below build/fuzz/PRODUCT/corpus, where the next run begins. A failing input is written below
build/fuzz/PRODUCT/failures; once it is understood it belongs into tests/fuzz/corpus/PRODUCT under a name that tells what it is.
Every execution reads its input, and what the readers do guides the fuzzer; one of sixteen is judged by the rules and reported too, which
takes several times as long. With `--judged 1` all are, and what the rules do guides it too.

Exits with 1 when an execution raised, took longer than 2 s of processor time per MB (but at least 1 s) or memory passed 500 MB. An input
that takes longer under the fuzzer's instrumentation is measured again without it, for that is how poise runs.
"""

import argparse
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from tests.fuzz.exercise import PRODUCTS, Target, target, timed
from tests.fuzz.keep import KEPT, keep
from tests.fuzz.process import Outcome, run
from tests.fuzz.seeds import seeds
from tests.fuzz.words import vocabulary

HOME = Path("build/fuzz")
# The largest input in bytes, and which part of the executions is made with inputs of up to that size.
SIZES = ((2048, 0.995), (65_536, 0.005))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Coverage-guided fuzzing of one reader, the rules and reports."
    )
    parser.add_argument("product", choices=PRODUCTS)
    parser.add_argument("--runs", type=int, default=500_000, help="executions [default: 500000]")
    parser.add_argument("--seed", type=int, default=1, help="libFuzzer's seed [default: 1]")
    parser.add_argument("--keep", action="store_true", help="replace the kept corpus by the smallest that covers as much")
    parser.add_argument("--judged", type=int, default=16, help="one execution of so many is judged too [default: 16]")
    given = parser.parse_args()
    sys.exit(fuzz(given.product, given.runs, given.seed, given.judged, given.keep))


def fuzz(product: str, runs: int, seed: int, judged: int, keeping: bool) -> int:
    """Fuzz one product; 0 when nothing was found."""
    corpus, failures = HOME / product / "corpus", HOME / product / "failures"
    for folder in (corpus, failures, KEPT / product):
        folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="poise-fuzz-") as name:
        scratch = Path(name)
        words = import_module(f"tests.fuzz.readers.{product}").words
        (scratch / "dictionary").write_text(_dictionary(vocabulary(words)))
        for number, (most, part) in enumerate(SIZES):
            place = scratch / str(number)
            first = place / "seeds"
            first.mkdir(parents=True)
            for seed_name, data in seeds(product, large=number > 0):
                (first / seed_name).write_bytes(data)
            arguments = [
                f"-runs={max(1, round(runs * part))}",
                f"-max_len={most}",
                f"-seed={seed + number}",
                f"-artifact_prefix={failures}/",
            ]
            arguments += [f"-dict={scratch / 'dictionary'}", str(corpus), str(KEPT / product), str(first)]
            outcomes.append(run(product, place, judged, arguments))
            if outcomes[-1].code:
                break
        if keeping and not outcomes[-1].code:
            keep(product, corpus, scratch)
        return _told(product, outcomes, judged, time.monotonic() - begun, failures, scratch)


def _dictionary(words: list[bytes]) -> str:
    # libFuzzer takes words of up to 64 bytes.
    return "".join(
        '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word) + '"\n'
        for word in words
        if len(word) <= 64
    )


def _told(product: str, outcomes: list[Outcome], judged: int, lasted: float, failures: Path, scratch: Path) -> int:
    code = int(any(outcome.code for outcome in outcomes))
    if code:
        print(outcomes[-1].output[-6000:])
        print(f"{product}: FAILED; the input stands in {failures}/")
    executions = sum(outcome.executions for outcome in outcomes)
    whole = target(product)
    longest = [_timed(whole, file) for file in scratch.glob("*/slowest")]
    sized = [_timed(whole, file) for file in scratch.glob("*/slowest-for-its-size")]
    slowest = max((seconds for seconds, _ in longest), default=0.0)
    per_mb, size = max(((seconds / size * 1e6, size) for seconds, size in sized), default=(0.0, 0))
    print(
        f"{product}: {executions:,} executions in {lasted:,.0f} s ({executions / lasted:,.0f} a second), one of {judged} judged too; "
        f"coverage {max(o.coverage for o in outcomes):,} edges, {max(o.features for o in outcomes):,} features; "
        f"corpus {outcomes[0].files} small files ({outcomes[0].size}) and {outcomes[-1].files} large ({outcomes[-1].size}); "
        f"slowest execution {slowest * 1e3:.0f} ms, slowest for its size {per_mb:.2f} s per MB ({size:,} bytes), "
        f"both without instrumentation; peak memory {max(o.peak_mb for o in outcomes)} MB; failures: {code}"
    )
    return code


def _timed(whole: Target, file: Path) -> tuple[float, int]:
    """Seconds that the input in this file takes here, where nothing is instrumented, and its size."""
    data = file.read_bytes()
    try:
        return timed(whole, data), len(data)
    except Exception as problem:
        # The fuzzer has told of it already.
        print(f"the slowest input also raises: {problem!r}")
        return 0.0, len(data)


if __name__ == "__main__":
    main()
