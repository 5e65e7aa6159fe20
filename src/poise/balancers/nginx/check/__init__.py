"""Holds an assembled configuration against what nginx takes: names, places, numbers of arguments, values. What it refuses is reported."""

from collections.abc import Collection, Iterator
from dataclasses import field

from poise.balancers.nginx.check.blanks import Blanks
from poise.balancers.nginx.check.certificates import without_certificate
from poise.balancers.nginx.check.conditions import condition_problem
from poise.balancers.nginx.check.contents import CONTENTS, over, repeated
from poise.balancers.nginx.check.locations import Location, location_of, location_problem
from poise.balancers.nginx.check.looks import Look, look_at
from poise.balancers.nginx.check.passes import has_path
from poise.balancers.nginx.check.plans import plan_for
from poise.balancers.nginx.check.references import References
from poise.balancers.nginx.check.unknown import Unknown, missing_end
from poise.balancers.nginx.check.upstreams import Upstream
from poise.balancers.nginx.check.variables import Variables
from poise.balancers.nginx.check.versions import version_of
from poise.balancers.nginx.directives import CONTEXTS, Form, forms_of
from poise.balancers.nginx.document import Directive, Source
from poise.balancers.nginx.report import Report
from poise.model.light import dataclass

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
# As deep as the lowering follows.
MOST_DEPTH = 100


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
    listening: set[str] = field(default_factory=set)


class _Checker:
    def __init__(self, report: Report, target: str | None, lenient: bool, whole: bool) -> None:
        self.report = report
        self.version = version_of(target)
        self.lenient = lenient
        self.whole = whole
        self.unknown = Unknown()
        self.variables = Variables()
        self.blanks = Blanks(self.variables)
        self.references = References(whole)
        self.looks: dict[tuple[str, tuple[str, ...], str, bool], Look] = {}

    def run(self, body: list[Directive], context: str) -> None:
        frames = [_Frame(iter(body), context)]
        while frames:
            frame = frames[-1]
            directive = next(frame.ahead, None)
            if directive is None:
                frames.pop()
                if frame.block is not None and (problem := self.end(frame)):
                    self.refused(frame.block, problem)
                continue
            inner = self.one(directive, frame)
            if inner is not None and len(frames) > MOST_DEPTH:
                self.report.cannot(directive, f"this block is nested more than {MOST_DEPTH} deep: what is in it was not read")
            elif inner is not None:
                frames.append(inner)
        for directive, problem in self.references.missing():
            self.refused(directive, problem)
        sure = self.whole and not self.lenient and not self.variables.unsure
        for directive, name in self.variables.unknown():
            # In a part of a configuration variables may be defined elsewhere, but those that envsubst fills in are no variables of nginx.
            if sure or (name.isupper() and f"${{{name}}}" in directive.value):
                self.refused(directive, f"nothing defines the variable `${name}`", misspelt=True)
        if sure:
            for directive, problem in without_certificate(body):
                self.refused(directive, problem)
        self.report.templates(self.blanks.first)

    def end(self, frame: _Frame) -> str | None:
        """What nginx refuses of a block as a whole."""
        if frame.upstream is not None:
            return frame.upstream.end()
        if frame.context == "v" and not frame.listening:
            return "this server of stream listens nowhere: `listen` is missing"
        return None

    def refused(self, directive: Directive, problem: str, misspelt: bool = False) -> None:
        """Report what nginx refuses; in a line with a blank of a template, the cause is that nobody filled it in yet.

        `misspelt`: nginx fills in variables there, and one in small letters is rather a name written wrongly.
        """
        if self.blanks.has(directive, capitals=misspelt):
            return
        if (missing := missing_end(directive)) is not None:
            problem = f"`{directive.name}` does not end: `;` is missing behind {missing}"
        self.report.cannot(directive, f"{problem}: nginx refuses the {'block' if directive.body is not None else 'line'}. Correct it")

    def one(self, directive: Directive, frame: _Frame) -> _Frame | None:
        """Check one directive; returns the frame of its block if that is to be walked."""
        block = directive.body is not None
        key = (directive.name, directive.args, frame.context, block)
        look = self.looks.get(key)
        if look is None:
            look = self.look(directive, frame)
            if look is None:
                return None
            self.looks[key] = look
        if not look.done and (problem := self.problem(directive, frame, look)):
            self.refused(directive, problem)
        return self.inside(directive, frame) if block else None

    def look(self, directive: Directive, frame: _Frame) -> Look | None:
        """What the words alone decide; None, and reported, where the directive is not known here or has not the right shape."""
        plan = plan_for(directive.name, frame.context)
        if plan is None:
            self.misplaced(directive, frame)
            return None
        block, count = directive.body is not None, len(directive.args)
        for form in plan.forms:
            if form.block is block and (form.counts >> count & 1 if count < 64 else form.takes(count)):
                return look_at(directive, frame.context, form, plan, self.version)
        self.misshapen(directive, plan.forms)
        return None

    def misplaced(self, directive: Directive, frame: _Frame) -> None:
        """A directive that is not known, or not here."""
        name = directive.name
        forms = forms_of(name)
        if not forms:
            if not self.lenient and not self.blanks.has(directive):
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
            reason = f"`{name}` does not end: `;` is missing behind {missing}, and nginx refuses the file. Add it"
        elif not fitting:
            shape = "opens a block, `{ … }`" if forms[0].block else "opens no block, it ends with `;`"
            reason = f"`{name}` {shape}: nginx refuses the file. Correct it"
        else:
            reason = f"`{name}` takes {fitting[0].counted}, not {len(directive.args)}: nginx refuses the line. Correct it"
        self.report.cannot(directive, reason)

    def problem(self, directive: Directive, frame: _Frame, look: Look) -> str | None:
        """What nginx refuses of a directive of the right shape."""
        name, plan = directive.name, look.plan
        if look.once:
            if name in frame.seen or (name in ("root", "alias") and frame.seen & {"root", "alias"}):
                return f"`{name}` stands twice in this block"
            frame.seen.add(name)
        if look.problem is not None:
            return look.problem
        if plan.structure and (found := self.structure(directive, frame)):
            return found
        stream = frame.context in "tvw"
        about = look.variables
        if name in ("map", "geoip2") and directive.body and not (about and about.problem and not about.defines):
            self.variables.entries(directive, stream)
        if about is not None and (found := self.variables.see(directive, about, stream)):
            return found
        if plan.refers:
            return self.references.see(directive, stream, frame.listening)
        return None

    def structure(self, directive: Directive, frame: _Frame) -> str | None:
        """What nginx refuses of a directive because of what stands around it."""
        name = directive.name
        if frame.upstream is not None:
            return frame.upstream.line(directive, self.version)
        if name == "if":
            return condition_problem(directive.args)
        if name == "location":
            return self.location(directive, frame)
        if name == "proxy_pass":
            return self.path_of_pass(directive, frame)
        if name == "proxy_redirect":
            late = directive.args == ("default",) and "proxy_pass" not in frame.seen
            return "`proxy_redirect default` must stand below the `proxy_pass` of its block" if late else None
        # A third party's directive: it may define variables of any name.
        self.variables.unsure = True
        return None

    def path_of_pass(self, directive: Directive, frame: _Frame) -> str | None:
        """nginx cannot tell what to replace where no fixed prefix of the path is known."""
        target, place = directive.args[0], frame.location
        if "$" in target or not has_path(target):
            return None
        if frame.context in "Lx" or (frame.context == "l" and place is not None and (place.is_regex or place.kind == "@")):
            within = f"in the location `{place.path if place else ''}`"
            where = {"L": "inside `if`", "x": "inside `limit_except`"}.get(frame.context, within)
            return f"`proxy_pass` may have no path {where}: `{target}` has one"
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
            if name == "map":
                for entry, twice in repeated(directive):
                    self.refused(entry, twice)
            elif name == "split_clients" and (beyond := over(directive)):
                self.refused(beyond, "the percentages add up to more than 100%")
            for entry in body:
                if entry.body is not None:
                    self.report.cannot(entry, f"`{name}` holds no blocks: nginx refuses `{{` here. Remove it")
                elif (problem := content(directive, entry)) or (
                    name == "map" and entry.args and (problem := self.variables.read(entry, entry.args[0], frame.context in "tvw"))
                ):
                    self.refused(entry, problem)
            return None
        context = _INSIDE.get((name, frame.context))
        if context is None:
            return None
        location = location_of(directive.args) if name == "location" else frame.location if context in "lLx" else None
        return _Frame(iter(body), context, directive, location, upstream=Upstream(context == "w") if context in "uw" else None)


def check(body: list[Directive], context: str, report: Report, target: str | None = None, lenient: bool = False) -> Collection[Source]:
    """Report what nginx would refuse of these directives, which stand in that context (a letter of `directives.CONTEXTS`).

    Returns the files that are templates: what is in them nginx does not see as it stands.

    `target` is the version that somebody named: what is newer or older is then refused too. `lenient`: modules are loaded whose directives
    are not known, so that an unknown name proves nothing. Never raises, never recurses.
    """
    checker = _Checker(report, target, lenient, context == "m")
    checker.run(body, context)
    return checker.blanks.first.keys()
