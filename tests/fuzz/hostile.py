"""Large and malicious inputs: time must grow with their size and no faster, and memory must stay bounded.

    python -m tests.fuzz.hostile haproxy               every shape of one product
    python -m tests.fuzz.hostile haproxy one-line      one

Each shape is read, judged and reported at a quarter of its size and at its full size, in a process of its own.
Prints one JSON object a line.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from tests.fuzz.exercise import PLAIN, Target, target

# Address space that a reading process gets: far above what any shape needs, far below what would hurt a machine.
MOST_ADDRESSES = 6 * 1024**3
# An input is measured again where it takes less than that, and the best counts.
SHORT_SECONDS, REPEATED = 1.0, 3

Shape = Callable[[int], bytes]


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


def results(product: str, chosen: list[str]) -> Iterator[dict[str, object]]:
    """What came of each shape. An exception or a lack of memory is a result too."""
    run = target(product)
    run(run.reader.NEIGHBOUR.encode(), PLAIN)
    for name, (make, number) in shapes(product).items():
        if not chosen or name in chosen:
            yield {"shape": name, **_apart(run, make, number)}


def _apart(run: Target, make: Shape, number: int) -> dict[str, object]:
    """Measure in a child, whose memory is its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
        try:
            quarter = measured(run, make, max(1, number // 4))
            found: dict[str, object] = {"quarter": quarter, "whole": measured(run, make, number)}
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
    for result in results(sys.argv[1], sys.argv[2:]):
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
