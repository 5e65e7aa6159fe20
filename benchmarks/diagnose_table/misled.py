"""What a red herring changed: each run with it against the same run without it."""

from collections.abc import Sequence

from benchmarks.diagnose_table.judge import Judged
from benchmarks.diagnose_table.table import Row


def head() -> str:
    """The words above the lines."""
    return f"{'herring':<18} {'runs':>4} {'same first':>10} {'open':>5} {'other, right':>12} {'other, wrong':>12} {'put right':>9}"


def line(herring: str, plain: Sequence[Row], with_it: Sequence[Row]) -> str:
    """How often rank 1 is the same fault and component as without it; became "undetermined"; became another of a layer that is right too,
    or of one that is wrong. `put right` are those among the same or others that were wrong without it."""
    twins = {key(row): row.last for row in with_it}
    both = [(row.last, twins[key(row)]) for row in plain if key(row) in twins]
    moved = [(a, b) for a, b in both if not same(a, b)]
    opened = sum(b.verdict == "undetermined" for _, b in moved)
    told = [(a, b) for a, b in moved if b.verdict != "undetermined"]
    wrong = sum(b.layer_right is not True for _, b in told)
    healed = sum(a.layer_right is False and b.layer_right is not False for a, b in moved)
    return f"{herring:<18} {len(both):>4} {len(both) - len(moved):>10} {opened:>5} {len(told) - wrong:>12} {wrong:>12} {healed:>9}"


def changed(plain: Sequence[Row], with_it: Sequence[Row]) -> list[str]:
    """A line for each run whose first hypothesis is another."""
    twins = {key(row): row.last for row in with_it}
    lines = []
    for row in plain:
        if (b := twins.get(key(row))) is not None and not same(a := row.last, b):
            said = f"{_words(a)} became {_words(b)}"
            lines.append(f"  {row.truth['product']}/{row.truth['case']}/{row.truth['seed']}: {said}")
    return lines


def key(row: Row) -> tuple[str, str, int]:
    """What names a run."""
    return row.truth["case"], row.truth["product"], row.truth["seed"]


def same(plain: Judged, other: Judged) -> bool:
    """Is the verdict the same, and the first hypothesis of the same fault and component?"""
    return (plain.verdict, plain.fault, plain.component) == (other.verdict, other.fault, other.component)


def _words(judged: Judged) -> str:
    return f"{judged.verdict}: {judged.layer}/{judged.fault} {judged.component} {judged.probability:.2f}"
