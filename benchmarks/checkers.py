"""The examination of tests/audit put to poise and to every other checker that could be found, in one run.

    python -m benchmarks.checkers [--cases FOLDER] [--misses]

A checker has caught a case when it says more against the faulty configuration than against its legitimate twin: the wording is not asked,
which favours the others. poise has caught it when the right rule speaks at the right line. Alarms on twins are warnings and errors.
"""

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.audit.examination import HERE, PRODUCTS, Case, audited, cases, caught, good_files, loud, right_rules

from benchmarks.peers import Peer, peers

EVENTS = re.compile(r"^\s*events\s*\{", re.MULTILINE)


def whole(file: Path, product: str, folder: Path) -> Path:
    """The file as the product's binary takes it: a fragment of nginx gets the blocks around it."""
    text = file.read_text(errors="surrogateescape")
    if product != "nginx" or EVENTS.search(text):
        return file
    wrapped = folder / f"{file.parent.name}-{file.name}"
    wrapped.write_text("events {}\nhttp {\n" + text + "}\n", errors="surrogateescape")
    return wrapped


def judged_by(peer: Peer, case: Case, folder: Path) -> tuple[bool, bool]:
    """Whether the peer caught the case, and whether it complained about the twin."""
    bad, _ = peer.run(whole(case.file("bad"), case.product, folder), case.hosts)
    good, _ = peer.run(whole(case.file("good"), case.product, folder), case.hosts)
    return bad > good, good > 0


def judged_by_poise(case: Case, rules: frozenset[str]) -> tuple[bool, bool, str]:
    """Whether poise caught the case at its line, whether it is loud about the twin, and what there is to say about either."""
    bad, good = audited(case, "bad"), audited(case, "good")
    right, alarms = caught(case, bad, rules), loud(good)
    told = ""
    if not right:
        seen = ", ".join(f"{f.rule}:{f.location.line}" for f in bad.findings) or "nothing"
        told += f"  MISSED {case.name} [{case.label}] lines {sorted(case.lines)}: saw {seen}\n"
    told += "".join(f"  ALARM  {case.name} twin: {f.rule}:{f.location.line} {f.message}\n" for f in alarms)
    told += "".join(f"  UNREAD {case.name}: {c.what}:{c.line} {c.reason}\n" for a in (bad, good) for c in a.could_not)
    return right, bool(alarms), told


def table(found: Sequence[Case], root: Path, misses: bool) -> str:
    """The whole table as Markdown, and what poise missed below it."""
    rules_for = right_rules()
    rows: list[str] = []
    notes: list[str] = []
    for product in PRODUCTS:
        own = [case for case in found if case.product == product]
        if not own:
            continue
        verdicts = [judged_by_poise(case, rules_for(case)) for case in own]
        notes += [told for _, _, told in verdicts if told]
        rows.append(_row("poise", product, [(right, alarm) for right, alarm, _ in verdicts]))
        with tempfile.TemporaryDirectory(prefix="poise-cases-") as folder, ThreadPoolExecutor(2) as pool:
            for peer in (p for p in peers(Path(folder)) if p.product == product):
                done = list(pool.map(lambda case, peer=peer: judged_by(peer, case, Path(folder)), own))  # type: ignore[misc]
                rows.append(_row(peer.name, product, done))
    head = ["| product | checker | cases | caught | | twins with an alarm | |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows, "", *(notes if misses else []), *_good(root)])


def _row(name: str, product: str, verdicts: Sequence[tuple[bool, bool]]) -> str:
    count, right, alarms = len(verdicts), sum(v[0] for v in verdicts), sum(v[1] for v in verdicts)
    return f"| {product} | {name} | {count} | {right} | {right / count:.1%} | {alarms} | {alarms / count:.1%} |"


def _good(root: Path) -> list[str]:
    from tests.audit.examination import audited_good  # noqa: PLC0415

    said: list[str] = []
    counts: Counter[str] = Counter()
    for product, path in good_files(root / "good"):
        found = audited_good(path)
        counts["files"] += 1
        counts["warnings and errors"] += len(loud(found))
        counts["not read"] += len(found.could_not)
        said += [f"  {product}/{path.name}: {f.severity} {f.rule}:{f.location.line} {f.message}" for f in loud(found)]
        said += [f"  {product}/{path.name}: could not: {c.what}:{c.line} {c.reason}" for c in found.could_not]
    return ["Good configurations: " + ", ".join(f"{number} {what}" for what, number in counts.items()), *said]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=Path, default=HERE, help="the folder that holds cases/ and good/")
    parser.add_argument("--misses", action="store_true", help="tell what poise missed and where it was loud")
    given = parser.parse_args()
    print(table(list(cases(given.cases / "cases")), given.cases, given.misses))


if __name__ == "__main__":
    main()
