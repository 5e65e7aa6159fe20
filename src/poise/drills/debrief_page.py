"""The debrief as one page that needs no network."""

from collections.abc import Sequence

from poise.drills.debrief import Debrief
from poise.drills.debrief_text import clock, figures, since
from poise.drills.scoring import recovered
from poise.drills.state import State
from poise.report.incident_page_style import PAGE_STYLE
from poise.report.svg import Axis, curve, escape, label, line
from poise.report.svg_style import STYLE

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FLOOR = 1000, 260, 70, 960, 30, 210
_MARKED = {"inject": "harm", "page": "page", "hypothesis": "hypothesis", "act": "act", "check": "check"}


def page(made: Debrief) -> str:
    """HTML."""
    course = made.state.course
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in figures(made))
    timeline = "".join(
        f'<tr><td class="num">{escape(since(made.state, entry))}</td><td>{escape(entry.kind)}</td><td>{escape(entry.text)}</td></tr>'
        for entry in made.state.journal
    )
    looks = "".join(
        f"<tr><td>{escape(look.clue.what)}</td><td><code>{escape(look.clue.command)}</code></td>"
        f'<td class="num">{clock(look.visible_seconds)}</td><td class="num">{clock(look.looked_seconds)}</td></tr>'
        for look in made.looks
    )
    questions = "".join(f"<li>{escape(question)}</li>" for question in made.questions)
    asked = f"<h2>Questions</h2><ol>{questions}</ol>" if questions else ""
    caught = ", ".join(made.score.prevention.caught) or "no rule of the audit and no alert of poise"
    title = f"{made.scenario.id}, seed {course.seed}: {made.scenario.title}"
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{PAGE_STYLE}</style></head><body><main>
<h1>{escape(title)}</h1>
<p>It was: {escape(course.answer.said)} ({escape(course.answer.layers[0])}, {escape(course.answer.fault)}).
It trains {escape(made.scenario.goal)}.</p>
<p class="note">{escape(made.scenario.story)}</p>
<h2>Five figures</h2><table><tbody>{rows}</tbody></table>
<h2>Damage</h2><div class="scroll">{damage_curve(made)}</div>
<h2>Timeline</h2><div class="scroll"><table><thead><tr><th>after the page</th><th>what</th><th></th></tr></thead>
<tbody>{timeline}</tbody></table></div>
<h2>What could be seen</h2><div class="scroll"><table><thead><tr><th>clue</th><th>by</th><th>there</th><th>first looked at</th></tr></thead>
<tbody>{looks}</tbody></table></div>
{asked}
<h2>Would have warned</h2><p>{escape(caught)}</p>
<footer>{escape(made.seal)}</footer></main></body></html>
"""


def damage_curve(made: Debrief) -> str:
    """Failed requests since the injection, beside those had nobody acted, with the marks of what happened."""
    state, harm = made.state, made.score.damage
    if state.injected is None or harm is None:
        return "<p>Nothing was measured.</p>"
    # A check's own restart costs requests too: they are nobody's damage.
    felt = [second for second in made.seconds if state.injected <= second.at <= recovered(state)]
    start, end = felt[0].at.timestamp(), felt[-1].at.timestamp()
    axis = Axis(start, max(end, start + 1), _LEFT, _RIGHT)
    highest = max(harm.nothing, harm.failed, 1.0)

    def y(failed: float) -> float:
        return _FLOOR - (_FLOOR - _TOP) * failed / highest

    points = [(axis.x(second.at.timestamp()), y(second.failures - felt[0].failures)) for second in felt]
    body = [
        f'<rect class="bg" width="{_WIDTH}" height="{_HEIGHT}"/>',
        label(10, 18, "requests failed", "b"),
        line(_LEFT, _FLOOR, _RIGHT, _FLOOR, "ax"),
        label(_LEFT - 6, _TOP + 4, f"{highest:.0f}", "q", "end"),
        label(_LEFT - 6, _FLOOR + 4, "0", "q", "end"),
        line(axis.x(start), y(0), axis.x(end), y(harm.nothing), "exp"),
        label(_RIGHT, y(harm.nothing) - 6, "had nobody acted", "q", "end"),
        line(_LEFT, y(harm.oracle), _RIGHT, y(harm.oracle), "obj"),
        label(_LEFT + 4, y(harm.oracle) - 4, "who knew the answer", "q"),
        curve(points, "l lhot"),
        *_marks(state, axis),
    ]
    inner = "".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" class="pic" role="img" '
        f'aria-label="failed requests over time"><style>{STYLE}</style>{inner}</svg>'
    )


def _marks(state: State, axis: Axis) -> Sequence[str]:
    made: list[str] = []
    shown = [each for each in state.journal if each.kind in _MARKED and each.at <= recovered(state)]
    for number, entry in enumerate(shown):
        x = axis.x(entry.at.timestamp())
        made += [line(x, _TOP, x, _FLOOR, "mk"), label(x + 2, _FLOOR + 16 + 12 * (number % 3), _MARKED[entry.kind], "q")]
    return made
