"""One process of the fuzzer: python -m tests.fuzz.child PRODUCT FOLDER LIBFUZZER-ARGUMENT…

Runs until libFuzzer has made its executions. Leaves in FOLDER the inputs that took longest, in all (`slowest`) and for their size
(`slowest-for-its-size`). Where libFuzzer wants another process of the same kind, it starts the program FOLDER/again.
"""

import sys
import time
from pathlib import Path

import atheris

# Only what is under test counts: the coverage of libraries would draw the fuzzer away.
with atheris.instrument_imports(include=["poise"]):
    from tests.fuzz.exercise import target
    from tests.fuzz.mutate import mutated
    from tests.fuzz.words import vocabulary

    # Rules are imported when they are asked for: now, so that their coverage counts too.
    RUN = target(sys.argv[1])

# Seconds of processor time that an execution may take: this many for each megabyte, but never less than the floor.
SECONDS_PER_MB = 2.0
FLOOR = 1.0
# The time per megabyte of smaller inputs says nothing: the floor is for those.
TELLING = 16_384


class TooSlowError(Exception):
    """An execution took longer than inputs of its size may."""


def main() -> None:
    """Fuzz."""
    folder = Path(sys.argv[2])
    words = vocabulary(RUN.reader.words)
    # What is made once for all executions is not part of any.
    RUN(RUN.reader.NEIGHBOUR.encode())
    longest = {"slowest": 0.0, "slowest-for-its-size": 0.0}

    def execute(data: bytes) -> None:
        start = time.process_time()
        RUN(data)
        taken = time.process_time() - start
        megabytes = len(data) / 1e6
        if taken > max(FLOOR, SECONDS_PER_MB * megabytes):
            raise TooSlowError(f"{taken:.2f} s for {len(data)} bytes")
        rates = {"slowest": taken, "slowest-for-its-size": taken / megabytes if len(data) >= TELLING else 0.0}
        for name, rate in rates.items():
            if rate > longest[name]:
                longest[name] = rate
                (folder / name).write_bytes(data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return bytes(atheris.Mutate(data, most)) if seed % 2 else mutated(data, most, seed, words)

    atheris.Setup([str(folder / "again"), *sys.argv[3:]], execute, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
