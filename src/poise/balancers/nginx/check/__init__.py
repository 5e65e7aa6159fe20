"""Holds an assembled configuration against what nginx takes: names, places, numbers of arguments, values. What it refuses is reported."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from poise.balancers.nginx.check.conditions import condition_problem
from poise.balancers.nginx.check.contents import CONTENTS
from poise.balancers.nginx.check.locations import Location, location_of, location_problem
from poise.balancers.nginx.check.special import SPECIAL
from poise.balancers.nginx.check.unknown import Unknown, missing_end
from poise.balancers.nginx.check.upstreams import Upstream
from poise.balancers.nginx.check.values import value_problem, word_since
from poise.balancers.nginx.check.versions import too_new_or_old, version_of
from poise.balancers.nginx.directives import CONTEXTS, Form, allowed, forms_of
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.report import Report

__all__ = ["check"]

# The context inside a block, by its name and the context that it stands in.
_INSIDE = {
    ("http", "m"): "h",
    ("stream", "m"): "t",
    ("mail", "m"): "q",
    ("events", "m"): "e",
    ("server", "h"): "s",
    ("server", "t"): "v",
    ("server", "q"): "r",
    ("upstream", "h"): "u",
    ("upstream", "t"): "w",
    ("location", "s"): "l",
    ("location", "l"): "l",
    ("if", "s"): "S",
    ("if", "l"): "L",
    ("limit_except", "l"): "x",
}
# Kinds of values whose directives may stand once in a block; lists of bits may be repeated.
_ONCE = frozenset("ftnzoicbe")
# Others that nginx refuses the second time, seen with 1.22 and 1.31.
_ONCE_TOO = frozenset(("http", "events", "stream", "mail"))


@dataclass(slots=True)
class _Frame:
    """A block being walked. `location` is the nearest one around."""

    ahead: Iterator[Directive]
    context: str
    block: Directive | None = None
    location: Location | None = None
    seen: set[str] = field(default_factory=set)
    locations: set[tuple[bool, str]] = field(default_factory=set)
    upstream: Upstream | None = None


class _Checker:
    def __init__(self, report: Report, target: str | None, lenient: bool) -> None:
        self.report = report
        self.version = version_of(target)
        self.lenient = lenient
        self.unknown = Unknown()

    def run(self, body: list[Directive], context: str) -> None:
        frames = [_Frame(iter(body), context)]
        while frames:
            frame = frames[-1]
            directive = next(frame.ahead, None)
            if directive is None:
                frames.pop()
                if frame.upstream is not None and frame.block is not None and (problem := frame.upstream.end()):
                    self.refused(frame.block, problem)
                continue
            inner = self.one(directive, frame)
            if inner is not None:
                frames.append(inner)

    def refused(self, directive: Directive, problem: str) -> None:
        self.report.cannot(directive, f"{problem}: nginx refuses the {'block' if directive.body is not None else 'line'}. Correct it")

    def one(self, directive: Directive, frame: _Frame) -> _Frame | None:
        """Check one directive; returns the frame of its block if that is to be walked."""
        name, context = directive.name, frame.context
        forms = allowed(name, context)
        if not forms:
            self.misplaced(directive, frame)
            return None
        block = directive.body is not None
        form = next((each for each in forms if each.block == block and each.takes(len(directive.args))), None)
        if form is None:
            self.misshapen(directive, forms)
            return None
        problem = self.problem(directive, frame, form)
        if problem:
            self.refused(directive, problem)
        return self.inside(directive, frame) if block else None

    def misplaced(self, directive: Directive, frame: _Frame) -> None:
        """A directive that is not known, or not here."""
        name = directive.name
        forms = forms_of(name)
        if not forms:
            if not self.lenient:
                self.report.cannot(directive, self.unknown.reason(name, frame.context))
            return
        places = " or ".join(dict.fromkeys(CONTEXTS[letter] for form in forms for letter in form.contexts if letter in CONTEXTS))
        reason = f"`{name}` is not allowed in {CONTEXTS[frame.context]}: nginx takes it in {places} only, and refuses the file. Move it"
        self.report.cannot(directive, reason)

    def misshapen(self, directive: Directive, forms: tuple[Form, ...]) -> None:
        """A directive with the wrong number of arguments, or with or without a block where it must not be."""
        name, block = directive.name, directive.body is not None
        fitting = [form for form in forms if form.block == block]
        if (missing := missing_end(directive)) is not None:
            reason = f"`{name}` does not end: `;` is missing behind `{missing}`, and nginx refuses the file. Add it"
        elif not fitting:
            shape = "opens a block, `{ … }`" if forms[0].block else "opens no block, it ends with `;`"
            reason = f"`{name}` {shape}: nginx refuses the file. Correct it"
        else:
            reason = f"`{name}` takes {fitting[0].counted}, not {len(directive.args)}: nginx refuses the line. Correct it"
        self.report.cannot(directive, reason)

    def problem(self, directive: Directive, frame: _Frame, form: Form) -> str | None:
        """What nginx refuses of a directive of the right shape."""
        name, context = directive.name, frame.context
        if form.values:
            if form.values[0] in _ONCE:
                if name in frame.seen:
                    return f"`{name}` stands twice in this block"
                frame.seen.add(name)
            if found := value_problem(form, directive.args):
                return found
        elif name in _ONCE_TOO:
            if name in frame.seen:
                return f"`{name}` stands twice in this block"
            frame.seen.add(name)
        if self.version is not None:
            found = too_new_or_old(name, context, self.version) or word_since(name, directive.args, self.version)
            if found:
                return f"{found}, and the file is read for {self.version[0]}.{self.version[1]}"
        special = SPECIAL.get(name)
        if special is not None and (found := special(directive, context)):
            return found
        if name == "if":
            return condition_problem(directive.args)
        if name == "location":
            return self.location(directive, frame)
        if frame.upstream is not None:
            return frame.upstream.line(directive, self.version)
        return None

    def location(self, directive: Directive, frame: _Frame) -> str | None:
        problem = location_problem(directive.args, frame.location)
        if problem:
            return problem
        found = location_of(directive.args)
        if not found.is_regex and found.kind != "@":
            key = (found.kind == "=", found.path)
            if key in frame.locations:
                return f"there is a second location `{found.path}` in this block"
            frame.locations.add(key)
        return None

    def inside(self, directive: Directive, frame: _Frame) -> _Frame | None:
        name, body = directive.name, directive.body or []
        content = CONTENTS.get(name)
        if content is not None:
            for entry in body:
                if entry.body is not None:
                    self.report.cannot(entry, f"`{name}` holds no blocks: nginx refuses `{{` here. Remove it")
                elif problem := content(directive, entry):
                    self.refused(entry, problem)
            return None
        context = _INSIDE.get((name, frame.context))
        if context is None:
            return None
        location = location_of(directive.args) if name == "location" else frame.location if context in "lLx" else None
        return _Frame(iter(body), context, directive, location, upstream=Upstream() if context in "uw" else None)


def check(body: list[Directive], context: str, report: Report, target: str | None, lenient: bool) -> None:
    """Report what nginx would refuse of these directives, which stand in that context (a letter of `directives.CONTEXTS`).

    `target` is the version that somebody named: what is newer or older is then refused too. `lenient`: modules are loaded whose directives
    are not known, so that an unknown name proves nothing. Never raises, never recurses.
    """
    _Checker(report, target, lenient).run(body, context)
