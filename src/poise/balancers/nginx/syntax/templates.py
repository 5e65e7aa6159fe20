"""Recognises text that some program must render before nginx can read it, where nginx would stumble."""

import re

from poise.balancers.template import looks_like_template

# nginx refuses an unquoted `{{` or `{%` always: `{` in front of a word opens a block, and a block cannot begin with `{`.
_SIGNS = re.compile(r"\{\{|\{%|<%")
# Terraform's signs begin with what may end a path: `location /100%{`.
_MAYBE = "%{"
_UNKNOWN = "it is a template, not a configuration: render it first and audit what comes out"


def template_reason(text: str, at: int) -> str | None:
    """What to say of the template whose sign stands at this offset (or a character beside it); None where there is none."""
    sure = _SIGNS.search(text, max(0, at - 1), at + 2) is not None
    if not sure and not text.startswith(_MAYBE, at - 1):
        return None
    found = looks_like_template(text, variables=sure)
    return found.reason if found else _UNKNOWN if sure else None
