"""One process of the fuzzer: python -m tests.fuzz.child PRODUCT FOLDER JUDGED LIBFUZZER-ARGUMENT…

Runs until libFuzzer has made its executions. Leaves in FOLDER the inputs that took longest, in all (`slowest`) and for their size
(`slowest-for-its-size`). Where libFuzzer wants another process of the same kind, it starts the program FOLDER/again.
"""

import subprocess
import sys
import time
from pathlib import Path

import atheris

# One execution of so many is judged and reported too.
JUDGED = int(sys.argv[3])
# Only what is under test counts: the coverage of libraries would draw the fuzzer away, and that of rules where few executions are judged.
WATCHED = ["poise"] if JUDGED == 1 else ["poise.balancers", "poise.model"]
with atheris.instrument_imports(include=WATCHED):
    from tests.fuzz.exercise import most_seconds, target
    from tests.fuzz.mutate import mutated
    from tests.fuzz.words import vocabulary

    # Rules are imported when they are asked for: now, so that their coverage counts too.
    RUN = target(sys.argv[1])

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
        RUN.fuzz(data, JUDGED)
        taken = time.process_time() - start
        if taken > most_seconds(len(data)):
            # Instrumented, poise takes three to four times as long as it does for its users.
            taken = _plainly(folder / "slow", data)
            if taken > most_seconds(len(data)):
                raise TooSlowError(f"{taken:.2f} s for {len(data)} bytes")
            print(f"{len(data)} bytes take {taken:.2f} s without instrumentation", flush=True)
        rates = {"slowest": taken, "slowest-for-its-size": taken / len(data) if len(data) >= TELLING else 0.0}
        for name, rate in rates.items():
            if rate > longest[name]:
                longest[name] = rate
                (folder / name).write_bytes(data)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return bytes(atheris.Mutate(data, most)) if seed % 2 else mutated(data, most, seed, words)

    atheris.Setup([str(folder / "again"), *sys.argv[4:]], execute, custom_mutator=mutate)
    atheris.Fuzz()


def _plainly(file: Path, data: bytes) -> float:
    file.write_bytes(data)
    command = [sys.executable, "-m", "tests.fuzz.plainly", sys.argv[1], str(file)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
