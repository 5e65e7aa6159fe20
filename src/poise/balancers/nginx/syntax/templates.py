"""Recognises text that some program must render before nginx can read it, and says how."""

import re

# nginx refuses an unquoted `{{` or `{%` always: `{` in front of a word opens a block, and a block cannot begin with `{`.
_SIGNS = re.compile(r"\{\{|\{%|<%")
_CONSUL = re.compile(r"\{\{-?\s*(?:range|service|key|keyOrDefault|env|with|scratch|services|nodes|ls|tree)\b[^%}]*\"|\{\{\s*\.")
_RENDER = {
    "erb": "an ERB template (Chef, Puppet): let the agent write the file, or run `erb FILE > nginx.conf`, and give poise the result",
    "consul": "a template of consul-template (or another Go template): run `consul-template -once -template FILE:nginx.conf` "
    "and give poise the result",
    "jinja": "a Jinja template: render it (`ansible -m template`, `salt-call state.apply`, `jinja2 FILE`) and give poise the result",
}


def template_kind(text: str, at: int) -> str | None:
    """Which template language the sign at this offset (or up to two characters around it) belongs to."""
    found = _SIGNS.search(text, max(0, at - 1), at + 2)
    if found is None:
        return None
    if found.group() == "<%":
        return "erb"
    return "consul" if found.group() == "{{" and _CONSUL.search(text) else "jinja"


def template_reason(kind: str) -> str:
    """What to say of a template."""
    return f"from here on it is {_RENDER[kind]}; nothing of this file was judged"
