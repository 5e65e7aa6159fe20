"""How well `poise review` reads postmortems that others labelled before it first read them.

    python -m benchmarks.review                 the halves of the 60 that were made for it, and those of the 70 by another hand
    python -m benchmarks.review --dfds FOLDER   and of the 30 real ones: FOLDER holds the .md files of github.com/dfds/postmortems
    python -m benchmarks.review --worked        only what was worked on
    python -m benchmarks.review --show 063 17   every miss in these, of what was worked on only

The labels and their rules stand in tests/review. Documents with an odd number, and the 40 in fresh/worked, were worked on; of the even ones
and of fresh/unseen only these sums are known.
An event is right when its time, with date and offset, and its line are. A contradiction is found when a finding has its name and one of its
lines. Claimed are errors, and findings of the labels' names, in documents whose label has no contradiction.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from poise.app.review import reviewed
from poise.report.review_json import to_json

TESTS = Path(__file__).parents[1] / "tests" / "review"
NAMES = frozenset(
    (
        *("detection-before-start", "restoration-after-declared-end", "duration-mismatch", "events-out-of-order", "impossible-time"),
        *("conflicting-time-zones", "conflicting-dates", "wrong-weekday", "stated-detection-time-differs", "stated-recovery-time-differs"),
        *("contradictory-impact", "conflicting-cause", "title-and-cause-disagree", "immediately-but-later"),
    )
)


@dataclass
class Score:
    """Sums over some documents. `claimed` are contradictions where none is; `layers` of the causes that were told right."""

    documents: int = 0
    right: int = 0
    read: int = 0
    labelled: int = 0
    contradictions: int = 0
    found: int = 0
    extra: int = 0
    consistent: int = 0
    claimed: int = 0
    causes: int = 0
    layers: int = 0
    items: int = 0
    items_read: int = 0
    items_right: int = 0
    milestones: int = 0
    milestones_right: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall of the events."""
        return 2 * self.right / (self.read + self.labelled) if self.read + self.labelled else 1.0

    def line(self, name: str) -> str:
        """The sums as one line."""
        return (
            f"{name:<16} {self.documents} documents: timeline F1 {self.f1:.3f} ({self.right} right of {self.read} read, {self.labelled} "
            f"there); contradictions found {self.found} of {self.contradictions}, others named {self.extra}; claimed in the "
            f"{self.consistent} consistent {self.claimed}; layer {self.layers} of {self.causes}; milestones {self.milestones_right} of "
            f"{self.milestones}; "
            f"action items {self.items_right} of {self.items} ({self.items_read} read)"
        )


def cases(labels: Path, documents: Path) -> Iterator[tuple[int, Path, Sequence[Mapping[str, Any]]]]:
    """Number, document and labels of each: one for each incident that it tells."""
    for file in sorted(labels.glob("*.json")):
        label = json.loads(file.read_text(encoding="utf-8"))
        incidents = label if isinstance(label, list) else label.get("incidents", [label])
        document = documents / (label if isinstance(label, dict) else label[0])["document"]
        if document.exists():
            yield int("".join(c for c in file.name[:3] if c.isdigit())), document, incidents


def score(labels: Path, documents: Path, odd: bool) -> Score:
    """The sums of one half."""
    total = Score()
    for number, document, incidents in cases(labels, documents):
        if bool(number % 2) == odd:
            add(total, document, incidents)
    return total


def fresh(half: str) -> Score:
    """The sums of the documents by another hand: "worked" or "unseen"."""
    total = Score()
    for _, document, incidents in cases(TESTS / "fresh" / half, TESTS / "fresh" / half):
        add(total, document, incidents)
    return total


def add(total: Score, document: Path, incidents: Sequence[Mapping[str, Any]]) -> None:
    """Count one document in."""
    read = to_json(reviewed((str(document),)))["documents"]
    name = document.name[:3]
    total.documents += 1
    there = Counter((e["time"], e["line"]) for label in incidents for e in label["timeline"])
    events = Counter((e["time"], e["line"]) for each in read for e in each["timeline"])
    total.right += (there & events).total()
    total.read += events.total()
    total.labelled += there.total()
    total.misses += [f"{name} missed {e}" for e in (there - events).elements()] + [f"{name} read {e}" for e in (events - there).elements()]
    left = [f for each in read for f in each["findings"] if f["severity"] == "error" or f["rule"] in NAMES]
    wanted = [each for label in incidents for each in label["contradictions"]]
    for each in wanted:
        hit = next((f for f in left if f["rule"] == each["rule"] and set(f["lines"]) & set(each["lines"])), None)
        total.found += hit is not None
        if hit is None:
            total.misses.append(f"{name} contradiction missed: {each['rule']} {each['lines']} {each['why']}")
        else:
            left.remove(hit)
    total.contradictions += len(wanted)
    total.misses += [f"{name} contradiction claimed: {f['rule']} {f['lines']} {f['message']}" for f in left]
    if wanted:
        total.extra += len(left)
    else:
        total.consistent += 1
        total.claimed += len(left)
    for place, label in enumerate(incidents):
        _facts(total, name, read[place] if len(read) == len(incidents) else None, label)
    _items(total, name, read, incidents)


def _facts(total: Score, name: str, read: Mapping[str, Any] | None, label: Mapping[str, Any]) -> None:
    """Cause and milestones of one incident."""
    if label["cause"]["layers"]:
        total.causes += 1
        layer = read["cause"]["layer"] if read else None
        total.layers += layer in label["cause"]["layers"]
        if layer not in label["cause"]["layers"]:
            total.misses.append(f"{name} layer {layer}, not {label['cause']['layers']}")
    for key, time in label["times"].items():
        told = read["times"][key] if read else None
        total.milestones += 1
        total.milestones_right += told == time
        if told != time:
            total.misses.append(f"{name} {key} {told}, not {time}")


def _items(total: Score, name: str, read: Sequence[Mapping[str, Any]], incidents: Sequence[Mapping[str, Any]]) -> None:
    wanted = Counter(i["line"] for label in incidents for i in label["action_items"])
    items = Counter(i["line"] for each in read for i in each["action_items"])
    total.items += wanted.total()
    total.items_read += items.total()
    total.items_right += (wanted & items).total()
    total.misses += [f"{name} item missed {n}" for n in (wanted - items).elements()]
    total.misses += [f"{name} item read {n}" for n in (items - wanted).elements()]


def main() -> None:
    """Print the sums of each half."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--dfds", type=Path, help="a folder with the documents of github.com/dfds/postmortems, as tests/review/README.md says"
    )
    parser.add_argument(
        "--show", nargs="*", metavar="NUMBER", help="every miss in these documents of the odd half; without a number in all of it"
    )
    parser.add_argument("--worked", action="store_true", help="leave out what was not worked on")
    given = parser.parse_args()
    halves: list[tuple[str, Callable[[], Score]]] = []
    for name, documents in (("corpus", TESTS / "corpus"), ("dfds", given.dfds)):
        if documents is not None:
            halves += [
                (f"{name} {'odd' if odd else 'untouched'}", partial(score, TESTS / "labels" / name, documents, odd))
                for odd in (True, False)
            ]
    halves += [(f"fresh {half}", partial(fresh, half)) for half in ("worked", "unseen")]
    for name, count in halves:
        worked = name.endswith(("odd", "worked"))
        if given.worked and not worked:
            continue
        total = count()
        print(total.line(name))
        if given.show is not None and worked:
            print(*(f"    {m}" for m in total.misses if not given.show or m[:3].strip("-") in given.show or m[:2] in given.show), sep="\n")


if __name__ == "__main__":
    main()
