"""Tells a template that has not been rendered yet from a configuration, and a configuration wrapped for Kubernetes."""

import re

_SIGNS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"\{\{-?\s*(?:\.|\$|/\*|include\b|template\b|if\b|range\b|with\b|end\b|define\b|toYaml\b)[^\n]*?\}\}"),
        "a Helm (Go) template",
        "render it first: helm template … > envoy.yaml",
    ),
    (
        re.compile(r"\{%-?\s*\w+[^\n]*?%\}|\{\{-?\s*\w[^\n]*?\}\}"),
        "a Jinja template",
        "render it first, as Ansible does, and audit what comes out",
    ),
    (re.compile(r"<%[-=#]?[^\n]*?%>"), "an ERB template", "render it first: erb envoy.yaml.erb > envoy.yaml"),
    (
        re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-=?+][^}\n]*)?\}|\$\$?[A-Z][A-Z0-9_]{2,}\b"),
        "a template with shell variables",
        "Envoy itself puts in no variables. Render it first: envsubst < envoy.yaml.tmpl > envoy.yaml",
    ),
)
_COMMENT = re.compile(r"(?:^|\s)#")
_CONFIG_MAP = re.compile(r"^kind:[ \t]*[\"']?ConfigMap\b", re.MULTILINE)


def template(text: str, at: int) -> tuple[int, str] | None:
    """Where the first sign of a template stands and what to do about it. Asked only of texts that Envoy refuses, at the character `at`:

    within a good one, such signs are text of a filter (Lua, a log format).
    """
    for sign, what, remedy in _SIGNS:
        for found in sign.finditer(text):
            start = text.rfind("\n", 0, found.start()) + 1
            if not _COMMENT.search(text[start : found.start()][-2000:]):
                return found.start(), f"it is {what}, not yet a configuration (`{_short(found[0])}`): {remedy}"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"


def config_map(text: str) -> bool:
    """Whether the text is a ConfigMap of Kubernetes."""
    return _CONFIG_MAP.search(text) is not None
