"""Seconds of processor time that one input takes without the fuzzer's instrumentation: python -m tests.fuzz.plainly PRODUCT FILE."""

import sys
from pathlib import Path

from tests.fuzz.exercise import target, timed

if __name__ == "__main__":
    print(timed(target(sys.argv[1]), Path(sys.argv[2]).read_bytes()))
