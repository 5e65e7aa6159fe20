"""Blanks of a template that stand where nginx refuses them: `${PORT}` for envsubst, `${port}` for Terraform or a shell."""

import re

from poise.balancers.nginx.check.variables import Variables
from poise.balancers.nginx.directives.variables import is_variable
from poise.balancers.nginx.document import Directive, Source
from poise.model.regexp import regexp

_BLANK = regexp(r"\$(?:\{(\w{1,100}(?:\.\w{1,60}|\[\d{1,6}\]){0,20})\}|([A-Z][A-Z0-9_]{1,100})(?![\w{]))", re.ASCII)
_REASON = "it is a template ({}), not a configuration: `{}`. Fill in the variables first{} and audit what comes out"


class Blanks:
    """`first` is for each file that is a template the first directive with a blank, and what to say of it."""

    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.first: dict[Source, tuple[Directive, str]] = {}

    def has(self, directive: Directive, capitals: bool = False) -> bool:
        """Whether a line that nginx refuses holds a blank: a name in capitals, as nobody gives a variable of nginx, or one unknown to it.

        `capitals`: only the former.
        """
        header = directive.source.text[directive.start : directive.end]
        if "$" not in header:
            return False
        for found in _BLANK.finditer(header):
            name = found[1] or found[2]
            if self._defined(name) or (capitals and not name.isupper()):
                continue
            if directive.source not in self.first:
                # Without names envsubst would empty nginx's own variables too.
                filled = f" (`envsubst '${{{name}}} …' < FILE`)"
                kind = ("envsubst", filled) if name.isupper() else ("Terraform's or a shell's", "")
                self.first[directive.source] = (directive, _REASON.format(kind[0], found.group(), kind[1]))
            return True
        return False

    def _defined(self, name: str) -> bool:
        lower = name.lower()
        if any(lower in defined for defined in self.variables.defined):
            return True
        return not name.isupper() and (name.isdigit() or is_variable(lower, False) or is_variable(lower, True))
