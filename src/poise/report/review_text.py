"""A review for a person at a terminal. Pure."""

from collections import Counter
from collections.abc import Iterator

from poise.model.postmortem import Moment, Reviewed, ReviewFinding, ReviewRun
from poise.report.findings_text import could_not_lines
from poise.report.ink import Ink
from poise.report.printable import one_line
from poise.report.review_json import TIMES, declared_minutes
from poise.review.durations import in_words

WORDS = {
    "impact_started": "harm began", "detected": "detected", "acknowledged": "work began", "cause_found": "cause found",
    "mitigated": "relief", "resolved": "restored",
}  # fmt: skip
WIDE = 100


def text(run: ReviewRun, colour: bool = False) -> str:
    """Each incident with its times, timeline, cause, wrong hypotheses, action items and findings; then what could not be read."""
    ink = Ink(colour)
    lines: list[str] = []
    for file, each in run.documents:
        lines += [*_document(file, each, ink), ""]
    lines += could_not_lines(run.could_not, ink)
    lines.append(summary(run))
    return "\n".join(lines) + "\n"


def summary(run: ReviewRun) -> str:
    """One line: how many findings of each severity in how many incidents."""
    counts = Counter(f.severity for _, each in run.documents for f in each.findings)
    words = [f"{counts[s]} {s}{'' if counts[s] == 1 or s == 'info' else 's'}" for s in ("error", "warning", "info") if counts[s]]
    number, files = len(run.documents), len(run.texts)
    where = (
        f" in {number} incident{'' if number == 1 else 's'}" + (f" of {files} files" if files not in (0, number) else "") if number else ""
    )
    missed = f"; {len(run.could_not)} could not be read" if run.could_not else ""
    return f"{', '.join(words) or ('no findings' if number else 'nothing was read')}{where}{missed}"


def shown(moment: Moment | None) -> str:
    """A time as the document has it, with its zone."""
    if moment is None:
        return "not told"
    day = f"{moment.wall:%Y-%m-%d} " if moment.dated else ""
    clock = f"{moment.wall:%H:%M:%S}" if moment.wall.second else moment.clock
    return f"{day}{clock}{f' {one_line(moment.zone)}' if moment.zone else ''}"


def spent(each: Reviewed) -> Iterator[tuple[str, str]]:
    """The durations in words, each with what it counts from."""
    d = each.durations
    base = "the start" if d.basis == "impact_started" else "detection"
    for words, minutes, origin in (
        ("to detect", d.to_detect, "the start"), ("to begin work", d.to_acknowledge, "detection"),
        ("to find the cause", d.to_cause, "detection"),
        ("to relieve", d.to_mitigate, base), ("to restore", d.to_resolve, base),
    ):  # fmt: skip
        yield words, "not told" if minutes is None else f"{in_words(minutes)} from {origin}"


def _document(file: str, each: Reviewed, ink: Ink) -> Iterator[str]:
    yield f"{ink.paint(f'{one_line(file)}:{each.line}', 'strong')} {one_line(each.title)}"
    minutes = declared_minutes(each)
    told = f", {in_words(minutes)}" if minutes is not None else ""
    yield f"  declared       {shown(each.declared.start)} to {shown(each.declared.end)}{told}"
    for name in TIMES:
        yield f"  {WORDS[name]:<14} {shown(each.times.get(name))}"
    yield "  " + "; ".join(f"{words} {length}" for words, length in spent(each) if length != "not told")
    yield f"  {ink.paint('timeline', 'dim')}"
    for e in each.timeline:
        until = f" to {e.until.clock}" if e.until is not None else ""
        yield f"    {e.line:>4}  {shown(e.time)}{until}  {e.kind:<10}  {one_line(e.text)[:WIDE]}"
    for unread, reason in each.unread:
        yield f"    {unread.line:>4}  {ink.paint('not understood', 'warning')}  {one_line(reason)}"
    yield "    none" if not each.timeline and not each.unread else f"  {ink.paint('cause', 'dim')}"
    quote, failed = each.cause.quote, f", {each.cause.mechanism}" if each.cause.mechanism else ""
    said = f" (line {quote.line}: {one_line(quote.text)[:WIDE]})" if quote is not None else ""
    yield f"    {each.cause.layer or 'no layer is blamed'}{failed}{said}"
    for w in each.wrong_hypotheses:
        lasted = f", {in_words(w.minutes)}" if w.minutes is not None else ""
        yield f"    wrong: {w.layer} from {shown(w.opened)} to {shown(w.closed)}{lasted}"
    yield f"  {ink.paint('action items', 'dim')}"
    for item in each.action_items:
        lacks = [word for word, value in (("owner", item.owner), ("due date", item.due), ("ticket", item.ticket)) if value is None]
        without = f"  (no {', '.join(lacks)})" if lacks else ""
        yield f"    {item.line:>4}  {item.kind:<8}  {one_line(item.text)[:WIDE]}{without}"
    if not each.action_items:
        yield "    none"
    yield ""
    for finding in each.findings:
        yield from _finding(file, finding, ink)


def _finding(file: str, f: ReviewFinding, ink: Ink) -> Iterator[str]:
    yield f"{ink.paint(f'{one_line(file)}:{f.line}', 'strong')} {ink.paint(f.severity, f.severity)} {f.rule}"
    yield f"  {one_line(f.message)}"
    for quote in f.quotes:
        yield f"  {ink.paint(f'{quote.line:>4} |', 'dim')} {one_line(quote.text)[:WIDE]}"
    yield f"  {ink.paint('do:', 'dim')} {one_line(f.remedy)}"
