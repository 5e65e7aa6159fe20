"""What the words of a directive decide alone, worked out once for all lines that say the same."""

from poise.balancers.nginx.check.plans import ONCE, Plan
from poise.balancers.nginx.check.values import value_problem, word_since
from poise.balancers.nginx.check.variables import Said, said
from poise.balancers.nginx.check.versions import Version, too_new_or_old
from poise.balancers.nginx.directives import Form
from poise.balancers.nginx.document import Directive
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What is wrong with a directive whatever stands around it, and what is left to look at. `done`: nothing is, and nothing is wrong."""

    plan: Plan
    once: bool
    problem: str | None
    variables: Said | None
    done: bool


def look_at(directive: Directive, context: str, form: Form, plan: Plan, version: Version | None) -> Look:
    """Look at a directive of the right shape in that context (a letter)."""
    once = plan.once or form.values[:1] in ONCE
    problem = _problem(directive, context, form, plan, version)
    about = said(directive.name, directive.args, context in "tvw") if plan.variables else None
    entries = plan.variables and directive.body is not None
    return Look(plan, once, problem, about, not (once or problem or about or entries or plan.structure or plan.refers))


def _problem(directive: Directive, context: str, form: Form, plan: Plan, version: Version | None) -> str | None:
    name, args = directive.name, directive.args
    if form.values and (found := value_problem(form, args)):
        return found
    if version is not None and (found := too_new_or_old(name, context, version) or word_since(name, args, version)):
        return f"{found}, and the file is read for {version[0]}.{version[1]}"
    return plan.special(directive, context) if plan.special is not None else None
