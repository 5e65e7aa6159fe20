"""The kept corpus: the smallest set of inputs that reaches every line that fuzzing reached, and every failure that it ever found."""

import re
import shutil
import sys
from pathlib import Path

from tests.fuzz.process import run

KEPT = Path(__file__).parent / "corpus"
# It is replayed by `make test` and lives in the repository.
LARGEST_FILE, LARGEST_CORPUS = 4096, 400_000
# How the files are named that libFuzzer chose; others are failures of old, which stay.
_CHOSEN = re.compile(r"[0-9a-f]{12}")


def keep(product: str, corpus: Path, scratch: Path) -> None:
    """Replace what libFuzzer chose earlier by what it chooses now from that and from `corpus`."""
    place = scratch / "merge"
    offered, chosen, kept = place / "offered", place / "chosen", KEPT / product
    for folder in (offered, chosen):
        folder.mkdir(parents=True)
    for file in (*corpus.iterdir(), *kept.iterdir()):
        if file.stat().st_size <= LARGEST_FILE:
            shutil.copy(file, offered / file.name)
    # Without counters a line counts once, however often it is passed: that keeps a tenth.
    outcome = run(product, place, 1, ["-merge=1", "-use_counters=0", str(chosen), str(offered)])
    if outcome.code or not any(chosen.iterdir()):
        sys.exit(f"{outcome.output[-3000:]}\nfuzz: the corpus of {product} could not be made smaller")
    for file in kept.iterdir():
        if _CHOSEN.fullmatch(file.name):
            file.unlink()
    known = {file.read_bytes() for file in kept.iterdir()}
    total = sum(map(len, known))
    for file in sorted(chosen.iterdir(), key=lambda each: (each.stat().st_size, each.name)):
        total += file.stat().st_size
        if total <= LARGEST_CORPUS and file.read_bytes() not in known:
            shutil.copy(file, kept / file.name[:12])
