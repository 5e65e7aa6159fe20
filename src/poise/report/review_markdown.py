"""A review as Markdown, for a merge request or a wiki. Pure."""

from poise.model.postmortem import Reviewed, ReviewRun
from poise.report.findings_markdown import SIGNS, cell
from poise.report.review_json import TIMES
from poise.report.review_text import WORDS, shown, spent, summary
from poise.review.durations import in_words


def text(run: ReviewRun) -> str:
    """For each incident its times and a table of findings with both quotes; then what could not be read."""
    lines = [f"**poise review:** {cell(summary(run))}", ""]
    for file, each in run.documents:
        lines += _document(file, each)
    if run.could_not:
        lines += ["Could not:", "", *(f"- {cell(c.what)}: {cell(c.reason)}" for c in run.could_not), ""]
    return "\n".join(lines)


def _document(file: str, each: Reviewed) -> list[str]:
    lines = [f"### {cell(each.title)}", "", f"{cell(file)}, line {each.line}", ""]
    lines += ["| what | when |", "|---|---|", *(f"| {WORDS[name]} | {cell(shown(each.times.get(name)))} |" for name in TIMES), ""]
    lengths = "; ".join(f"{words} {length}" for words, length in spent(each) if length != "not told")
    lines += [f"Durations: {lengths}.", ""] if lengths else []
    layer = f"{each.cause.layer or 'no layer is blamed'}{f' ({each.cause.mechanism})' if each.cause.mechanism else ''}"
    lines += [f"Cause: {layer}. Action items: {len(each.action_items)}.", ""]
    for w in each.wrong_hypotheses:
        lasted = "" if w.minutes is None else f", {in_words(w.minutes)}"
        lines += [f"- wrong hypothesis: {w.layer} from {cell(shown(w.opened))} to {cell(shown(w.closed))}{lasted}"]
    lines += [""] if each.wrong_hypotheses else []
    if each.findings:
        lines += ["| severity | line | rule | what | the document says | what to do |", "|---|---|---|---|---|---|"]
        for f in each.findings:
            quotes = "<br>".join(f"{q.line}: {cell(q.text)}" for q in f.quotes)
            lines.append(f"| {SIGNS[f.severity]} | {f.line} | {f.rule} | {cell(f.message)} | {quotes} | {cell(f.remedy)} |")
        lines.append("")
    return lines
