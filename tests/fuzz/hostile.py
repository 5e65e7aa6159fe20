"""Large and malicious inputs: time must grow with their size and no faster, and memory must stay bounded.

    python -m tests.fuzz.hostile haproxy               every shape of one product, in full size
    python -m tests.fuzz.hostile haproxy one-line      one

Each shape is read, judged and reported at a quarter of its size and at its full size, in a process of its own. Exits with 1 where a time or
a memory is not as it should be.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from tests.fuzz.exercise import PLAIN, PRODUCTS, Target, target

# Address space that a reading process gets: far above what any shape needs, far below what would hurt a machine.
MOST_ADDRESSES = 6 * 1024**3
# An input is measured again where it takes less than that, and the best counts.
SHORT_SECONDS, REPEATED = 0.3, 2

Shape = Callable[[int], bytes]


# Four times the input may take so many times as long as its share says: for noise, and for what a cache holds of a small one. What is
# quadratic takes four times as long as it may.
NOISE = 1.8
# A machine whose speed drifts between two measurements makes anything look so once; what is quadratic is so each time.
ATTEMPTS = 3
# Below that many seconds a ratio tells more of the machine than of poise.
TELLING_SECONDS = 0.15
# Of memory an input may take so many times its own size, beside what the program itself has.
OWN_MB, TIMES_SIZE, MOST_MB = 60, 120, 500
# They cost little and are always made in full size.
LONG = frozenset(("one-line", "long-word", "long-scalar", "long-string"))


def shapes(product: str) -> dict[str, tuple[Shape, int]]:
    """By name: what makes the input from a number, and the number that it is made from."""
    found: dict[str, tuple[Shape, int]] = import_module(f"tests.fuzz.shapes.{product}").SHAPES
    common: dict[str, tuple[Shape, int]] = import_module("tests.fuzz.shapes.common").SHAPES
    return {**common, **found}


def measured(run: Target, make: Shape, number: int) -> dict[str, float]:
    """Seconds of processor time for the input of that number, its bytes, and the peak memory of this process in MB."""
    data = make(number)
    best = float("inf")
    for _ in range(REPEATED):
        start = time.process_time()
        run(data, PLAIN)
        best = min(best, time.process_time() - start)
        if best > SHORT_SECONDS:
            break
    return {"bytes": len(data), "seconds": best, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def results(product: str, chosen: list[str], scale: float = 1.0) -> Iterator[dict[str, object]]:
    """What came of each shape, made `scale` times as large. An exception or a lack of memory is a result too."""
    run = target(product)
    run(run.reader.NEIGHBOUR.encode(), PLAIN)
    for name, (make, number) in shapes(product).items():
        if not chosen or name in chosen:
            yield {"shape": name, **_apart(run, make, number if name in LONG else round(number * scale))}


def complaint(result: Mapping[str, Any]) -> str | None:
    """What is not as it should be, None if nothing."""
    if "problem" in result:
        return str(result["problem"])
    quarter, whole = result["quarter"], result["whole"]
    larger, longer = whole["bytes"] / quarter["bytes"], whole["seconds"] / quarter["seconds"]
    least = TELLING_SECONDS / larger / 2
    if whole["seconds"] > TELLING_SECONDS and whole["seconds"] > NOISE * larger * max(quarter["seconds"], least):
        return f"{larger:.1f} times the input takes {longer:.1f} times as long"
    if whole["peak_mb"] > min(MOST_MB, OWN_MB + TIMES_SIZE * whole["bytes"] / 1e6):
        return f"{whole['bytes']:,} bytes take {whole['peak_mb']:.0f} MB of memory"
    return None


def _apart(run: Target, make: Shape, number: int) -> dict[str, object]:
    """Measure in a child, whose memory is its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
        try:
            found: dict[str, object] = {}
            for _ in range(ATTEMPTS):
                found = {"quarter": measured(run, make, max(1, number // 4)), "whole": measured(run, make, number)}
                if complaint(found) is None:
                    break
        except BaseException as problem:  # told to the parent, which has no other way to hear of it
            found = {"problem": repr(problem)[:500]}
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    told: dict[str, object] = json.loads(text) if text else {"problem": f"the process ended with status {status}"}
    return told


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.hostile")
    parser.add_argument("product", choices=PRODUCTS)
    parser.add_argument("shape", nargs="*")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", action="store_true", help="one object a line, and no judgement")
    given = parser.parse_args()
    wrong = 0
    for result in results(given.product, given.shape, given.scale):
        if given.json:
            print(json.dumps(result), flush=True)
            continue
        problem = complaint(result)
        wrong += problem is not None
        print(f"{given.product} {result['shape']:<34}{_figures(result)}{f'  WRONG: {problem}' if problem else ''}", flush=True)
    sys.exit(wrong > 0)


def _figures(result: Mapping[str, Any]) -> str:
    if "problem" in result:
        return ""
    quarter, whole = result["quarter"], result["whole"]
    return (
        f"{whole['bytes']:>10,} bytes {whole['seconds']:7.3f} s, {whole['seconds'] / quarter['seconds']:5.1f} times as long for "
        f"{whole['bytes'] / quarter['bytes']:.1f} times the size, {whole['peak_mb']:.0f} MB"
    )


if __name__ == "__main__":
    main()
