"""The debrief for a terminal."""

from poise.drills.debrief import Debrief
from poise.drills.state import Line, State


def text(made: Debrief) -> str:
    """What it was, the five figures, the timeline, what was visible, the questions."""
    course, state = made.state.course, made.state
    lines = [
        f"{made.scenario.id}, seed {course.seed}, {course.tier.product}: {made.scenario.title}",
        f"It was: {course.answer.said} ({course.answer.layers[0]}, {course.answer.fault}; poise explain {course.answer.fault})",
        f"It trains {made.scenario.goal}.",
        made.scenario.story,
        "",
        *(f"{name:<24}{value}" for name, value in figures(made)),
        "",
        "TIMELINE",
        *(f"  {since(state, line):>8}  {line.kind:<11}{line.text}" for line in state.journal),
        "",
        "WHAT COULD BE SEEN     there after the page   first looked at",
    ]
    for look in made.looks:
        lines.append(f"  {look.clue.what} ({look.clue.command}): {clock(look.visible_seconds)}, {clock(look.looked_seconds)}")
    if made.questions:
        lines += ["", "QUESTIONS", *(f"  {number}. {question}" for number, question in enumerate(made.questions, 1))]
    caught = made.score.prevention.caught
    lines += ["", "WOULD HAVE WARNED", f"  {', '.join(caught) or 'no rule of the audit and no alert of poise'}"]
    if made.seal:
        lines += ["", made.seal]
    return "\n".join(lines) + "\n"


def figures(made: Debrief) -> tuple[tuple[str, str], ...]:
    """The five figures by name, each with what it rests on."""
    score = made.score
    harm, turns = score.damage, score.wrong_turns
    right = (
        f"{clock(score.right_seconds)} after the page"
        if score.right_seconds is not None
        else f"never; the layer {clock(score.layer_seconds)}"
    )
    damaged = "not measured"
    if harm is not None:
        ratio = "no harm to spare" if harm.ratio is None else f"{harm.ratio:.2f} (0 as who knew, 1 as who did nothing)"
        damaged = f"{ratio}: {harm.failed:.0f} requests failed; {harm.nothing:.0f} {harm.basis} had nobody acted, {harm.oracle:.0f} at best"
    prevention = score.prevention
    named = (
        "nothing named"
        if prevention.named is None
        else f"{prevention.named}: {'it warns' if prevention.right else 'it says nothing of this'}"
    )
    hints = f"; hints taken: {score.hints}" if score.hints else ""
    return (
        ("right hypothesis", f"{right}; wrong ones before: {score.guesses}{hints}"),
        ("wrong turns acted on", f"{len(turns)}" + (f": {'; '.join(line.text for line in turns)}" if turns else "")),
        ("damage", damaged),
        ("fix", score.quality + (f"; traps: {', '.join(score.traps)}" if score.traps else "")),
        ("prevention", named),
    )


def since(state: State, line: Line) -> str:
    """Minutes and seconds since the page, with a sign."""
    if state.paged is None:
        return f"{line.at:%H:%M:%S}"
    seconds = round((line.at - state.paged).total_seconds())
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 60}:{abs(seconds) % 60:02}"


def clock(seconds: float | None) -> str:
    """m:ss, or never."""
    return "never" if seconds is None else f"{round(seconds) // 60}:{round(seconds) % 60:02}"
