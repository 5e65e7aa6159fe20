"""The table: per fault and product how often the layer and the fault were right, and how soon."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.diagnose_table.judge import Judged
from benchmarks.reliability import SETTLED_SECONDS, error, groups

SURE = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """One kept run with its verdicts, in the order of time."""

    truth: Mapping[str, Any]
    judged: Sequence[Judged]

    @property
    def last(self) -> Judged:
        """The verdict that had seen most."""
        return self.judged[-1]

    def right_from(self) -> int | None:
        """Seconds after the onset of the first verdict from which on the layer was right; None where the last was not."""
        found = None
        for each in reversed(self.judged):
            if not each.layer_right:
                break
            found = each.seconds
        return found

    def at(self, seconds: int) -> Judged | None:
        """The verdict at that instant."""
        return next((each for each in self.judged if each.seconds == seconds), None)


def _line(name: str, rows: Sequence[Row]) -> str:
    told = [row.last for row in rows]
    layer = sum(each.layer_right is True for each in told)
    wrong = sum(each.layer_right is False for each in told)
    fault = sum(each.fault_right for each in told)
    component = sum(each.component_right for each in told)
    early = sum((each := row.at(10)) is not None and each.layer_right is True for row in rows)
    seconds = [s for row in rows if row.truth["case"] != "none" and (s := row.right_from()) is not None]
    soon = f"{median(seconds):4.0f} {max(seconds):4.0f}" if seconds else "   -    -"
    return f"{name:<32} {len(rows):>4} {layer:>6} {early:>6} {wrong:>6} {len(rows) - layer - wrong:>5} {fault:>6} {component:>6}   {soon}"


def table(rows: Sequence[Row], by_product: bool) -> list[str]:
    """The lines of it, with a sum."""
    head = f"{'fault':<32} {'runs':>4} {'layer':>6} {'@10 s':>6} {'wrong':>6} {'open':>5} {'fault':>6} {'where':>6}   median worst s"
    groups: dict[str, list[Row]] = {}
    for row in rows:
        case = "two at once" if "+" in row.truth["case"] else row.truth["case"]
        name = case + (f" {row.truth['product']}" if by_product else "")
        groups.setdefault(name, []).append(row)
    return [head, *(_line(name, group) for name, group in groups.items()), _line("all", rows)]


def calibration(rows: Sequence[Row]) -> list[str]:
    """How often what was said with that probability was so, at every instant from 8 s after the onset on; and the mean gap (ECE)."""
    said = [each for row in rows for each in row.judged if each.seconds >= SETTLED_SECONDS]
    found = groups((each.probability, each.named) for each in said)
    lines = [f"said {group.stated:.2f}, right {group.true:.2f} of {group.count}" for group in found]
    sure = [each for each in said if each.probability >= SURE]
    wrong = sum(not each.named for each in sure)
    return [*lines, f"expected calibration error {error(found):.3f} over {len(said)}; wrong at {SURE} or more: {wrong} of {len(sure)}"]


def misses(rows: Iterable[Row]) -> list[str]:
    """A line for each run whose last verdict has not the right fault."""
    lines = []
    for row in rows:
        last, truth = row.last, row.truth
        if last.fault_right:
            continue
        word = {True: "layer right", False: "WRONG", None: "open"}[last.layer_right]
        said = f"{last.verdict}: {last.layer}/{last.fault} {last.component} {last.probability:.2f}"
        hurt = truth["hurt_after_seconds"]
        if "+" in truth["case"]:
            said += f" (first three: {', '.join(last.first_three)})"
        lines.append(f"{word:<11} {truth['product']}/{truth['case']}/{truth['seed']} ({truth['mode']}, hurt {hurt} s): {said}")
    return lines
