"""Tells a template (Jinja2, ERB, Go and its relatives, Terraform, FreeMarker, Mako, envsubst) from a configuration. Pure.

The product will not read a template as it is.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from poise.model.light import dataclass
from poise.model.regexp import regexp

# Each pattern is bounded, so that the search stays linear in the text.
_ERB = regexp(r"<%[=\-#]?[ \t]*[@A-Za-z_(][^\n<]{0,500}?%>|<%-?[ \t]*\n")
_JINJA = regexp(
    r"\{%[-+]?[ \t]*(?:if|elif|else|endif|for|endfor|set|endset|block|endblock|extends|include|import|from|macro|endmacro|call|endcall|"
    r"filter|endfilter|raw|endraw|with|endwith|do)\b"
)
# HAProxy writes flags as `%{+Q}o`, so only words that steer count.
_TERRAFORM = regexp(r"%\{~?[ \t]{0,8}(?:for[ \t]+\w+|if[ \t]|else|endif|endfor)[^{}\n]{0,500}\}")
_MEMBER = regexp(r"\$\{[a-z_]\w{0,60}(?:\.\w{1,60}|\[\d{1,6}\]){1,20}\}")
_FREEMARKER = regexp(r"<#(?:list|if|elseif|assign|include|import|macro|switch|function)[ \t][^<>\n]{1,500}>|</#(?:list|if|macro|switch)>")
_MAKO = regexp(
    r"^[ \t]*%[ \t]*(?:(?:for|if|elif|while)[ \t][^\n]{0,500}:|else[ \t]*:|endfor|endif|endwhile)[ \t]*\r?$",
    re.MULTILINE,
)
_BRACES = regexp(r"\{\{[-~]?[ \t]*([.$/\"(#]?[A-Za-z_.$][^{}\n]{0,500}?)[ \t]*[-~]?\}\}")
_ENVSUBST = regexp(r"\$\{([A-Z][A-Z0-9_]{1,100})(?::?[-=?+][^{}\n]{0,200})?\}")
# Actions and functions of Go's text/template, of Helm and of consul-template; Jinja2 has none of them in front.
_GO = regexp(
    r"[.$]|(?:end|else)$|(?:range|if|else if|with|define|template|block|include|tpl|toYaml|printf|quote|default|env|file|key|keyOrDefault|"
    r"ls|tree|services?|nodes?|secrets?)[ \t]+[\w\".$(]"
)
_CONSUL = regexp(
    r"(?:(?:range|with|if)[ \t]+(?:\$\w+[ \t]*:=[ \t]*)?)?"
    r"(?:services?|nodes?|key|keyOrDefault|keyExists|ls|tree|secrets?|connect|caLeaf)[ \t]+\""
)
_HELM = regexp(r"[$]?\.(?:Values|Release|Chart|Capabilities|Files)\b|(?:include|tpl|toYaml)\b|[^\"]{0,200}\$?\.(?:Values|Release)\.\w")

HELM = "Render it first (`helm template`) and audit what comes out"
_JINJA2 = ("Jinja2", "Render it first (`ansible --check --diff`, `jinja2 FILE`, salt) and audit what comes out")
_TERRAFORMS = ("Terraform", "Render it first (`templatefile` in `terraform console`) and audit what comes out")
# What stands in every sign of a kind, its pattern, the language, and what to do.
_KINDS = (
    ("<%", _ERB, "ERB", "Render it first (`erb`, Puppet, Chef) and audit what comes out"),
    ("{%", _JINJA, *_JINJA2),
    ("%{", _TERRAFORM, *_TERRAFORMS),
    ("${", _MEMBER, *_TERRAFORMS),
    ("#", _FREEMARKER, "FreeMarker", "Render it first with the program that it is for and audit what comes out"),
    ("%", _MAKO, "Mako", "Render it first (`mako-render FILE`) and audit what comes out"),
    ("${", _ENVSUBST, "envsubst", "Fill in the variables first (`envsubst < FILE`) and audit what comes out"),
)
# A line with more tables of Lua than this is not searched further for a template's sign.
MOST_TABLES = 1000


@dataclass(frozen=True, slots=True)
class Template:
    """The first sign of a template: which language it is, its `line` (from 1), and how to get what it renders to."""

    language: str
    line: int
    sign: str
    advice: str

    @property
    def reason(self) -> str:
        """What to say of the file: that it is a template, by which sign, and what to do."""
        return f"it is a template ({self.language}), not a configuration: `{self.sign}`. {self.advice}"


def looks_like_template(text: str, variables: bool = False) -> Template | None:
    """The first sign in `text` that it has to be rendered before the product can read it; None where there is none.

    Comments are no signs: a line that begins with `#` is left out. `variables`: whether `${UPPER_CASE}` is one too, as in files for
    envsubst; HAProxy reads such variables itself, so for its files it is not.
    """
    kinds = [kind for kind in _KINDS if kind[0] in text and (variables or kind[1] is not _ENVSUBST)]
    if "{{" not in text and not any(pattern.search(text) for _, pattern, _, _ in kinds):
        return None
    for number, line in enumerate(text.split("\n"), 1):
        if ("{" in line or "<" in line or "%" in line) and not line.lstrip().startswith("#"):
            found = min(_signs(line, kinds), default=None)
            if found:
                _, sign, language, advice = found
                return Template(language, number, sign[:60].strip(), advice)
    return None


def _signs(line: str, kinds: Sequence[tuple[str, re.Pattern[str], str, str]]) -> Iterator[tuple[int, str, str, str]]:
    """The first sign of each kind, with its place."""
    for mark, pattern, language, advice in kinds:
        found = pattern.search(line) if mark in line else None
        if found:
            yield found.start(), found[0], language, advice
    for found in islice(_BRACES.finditer(line), MOST_TABLES):
        if not _table(found[1]):
            yield found.start(), found[0], *_language(found[1])
            break


def _language(inside: str) -> tuple[str, str]:
    if _HELM.match(inside):
        return "Helm", HELM
    if _CONSUL.match(inside):
        return "consul-template", "Render it first (`consul-template -once -dry -template FILE`) and audit what comes out"
    if _GO.match(inside):
        return "Go template", "Render it first with the program that it is for (gomplate, confd, dockerize …) and audit what comes out"
    return _JINJA2


def _table(inside: str) -> bool:
    """A table of Lua within a table looks alike: `{{a, b}}`, `{{name = 1}}`, `{{"a", "b"}}`."""
    plain = inside.partition("|")[0]
    return (
        "(" not in plain
        and not plain.startswith((".", "$"))
        and ("," in plain or "=" in plain or (plain.count('"') == 2 and plain[0] == '"'))
    )
