"""Which product a text is a configuration of, and what to say of a text that is none. Pure but for imports, which wait until needed."""

import re
from collections.abc import Callable
from importlib import import_module

from poise.model.regexp import regexp

PRODUCTS = ("haproxy", "nginx", "envoy")
TITLES = {"haproxy": "HAProxy", "nginx": "nginx", "envoy": "Envoy"}
LOOKED_FOR = (
    "It holds no HAProxy section (global, defaults, frontend, backend, listen …), no nginx block or directive (http, server, upstream, "
    "proxy_pass …) and none of Envoy's resources (static_resources, clusters, listeners, endpoints …)"
)
# What makes a file that no reader recognises worth a word although nobody named it.
_SIGNS = {
    "haproxy": regexp(r"^[ \t]*(?:frontend|backend|listen|defaults|global)\b|^[ \t]+server[ \t]+\S+[ \t]+\S+:", re.MULTILINE),
    "nginx": regexp(r"^[ \t]*(?:server|http|events|stream)[ \t]*\{|^[ \t]*upstream[ \t]|\bproxy_pass[ \t]", re.MULTILINE),
    "envoy": regexp(r"\b(?:static_resources|dynamic_resources|load_assignment|lb_endpoints)\b|type\.googleapis\.com/envoy\."),
}
# The first line of YAML and JSON: HAProxy has no such words.
_MARKUP = regexp(r"---(?:\s|$)|[{\[]|[\w./\"'-]+[ \t]*:(?:\s|$)|%YAML")


def product_of(text: str) -> str | None:
    """The product whose configuration this is, None if it is none's."""
    text = text.removeprefix("\ufeff")
    first = next((line.strip() for line in text.split("\n", 2000) if line.strip() and not line.lstrip().startswith("#")), "")
    markup = _MARKUP.match(first) is not None and not first.startswith(("{{", "{%"))
    if not markup and not _ends_like_nginx(text) and _recogniser("haproxy")(text):
        return "haproxy"
    if not markup and _recogniser("nginx")(text):
        return "nginx"
    if _recogniser("envoy")(text):
        return "envoy"
    if markup and re.search(r"^apiVersion:", text, re.MULTILINE) and re.search(r"^kind:", text, re.MULTILINE):
        # A Kubernetes manifest may carry a whole nginx.conf in its data; what stands around it is not nginx.
        return None
    return "nginx" if markup and _recogniser("nginx")(text) else None


def is_script(text: str) -> bool:
    """Whether its first line names a program that runs it, and that is no load balancer: `#!/usr/sbin/haproxy -f` makes a configuration."""
    return text.startswith("#!") and not any(product in text.partition("\n")[0] for product in PRODUCTS)


def _ends_like_nginx(text: str) -> bool:
    return re.search(r"^[ \t]*[a-z_]+[ \t][^\n#]*;[ \t]*\r?$", text, re.MULTILINE) is not None


def _recogniser(product: str) -> Callable[[str], bool]:
    found: Callable[[str], bool] = import_module(f"poise.balancers.{product}.syntax").recognise
    return found


def suspect(text: str) -> bool:
    """Whether a text that no reader recognises looks as if it was meant to be a configuration."""
    return any(signs.search(text) for signs in _SIGNS.values())


def _kubectl(text: str) -> str:
    """The command that takes the first file out of a ConfigMap."""
    entry = re.search(r"^[ \t]+([\w-]{1,100}\.(?:cfg|conf|ya?ml|json)):[ \t]*[|>]", text, re.MULTILINE)
    name = entry[1] if entry else "haproxy.cfg"
    path = name.replace(".", "\\.")
    return f"kubectl get configmap NAME -o jsonpath='{{.data.{path}}}' > {name}"


def unrecognised(text: str) -> tuple[str, int | None]:
    """Why nothing of this text is judged, and the line that shows it."""
    if not text.strip():
        return "it is empty: there is nothing to judge", None
    if "\0" in text[:65536]:
        return "it holds NUL bytes: it is no text. Check the path", None
    from poise.balancers.template import looks_like_template  # noqa: PLC0415 - most files are recognised

    template = looks_like_template(text, variables=True)
    if template is not None:
        return template.reason, template.line
    if all(not line.strip() or line.lstrip().startswith(("#", "//")) for line in text.split("\n")):
        return "it holds comments only: there is nothing to judge", None
    if re.search(r"^kind:[ \t]*\w", text, re.MULTILINE) and suspect(text):
        return f"it is a Kubernetes object with a configuration inside. Take that out and audit it: {_kubectl(text)}", None
    meant = [TITLES[product] for product, signs in _SIGNS.items() if signs.search(text)]
    hint = f"; some of it resembles {' and '.join(meant)}" if meant else ""
    return f"it is not a configuration that poise knows{hint}. {LOOKED_FOR}. Check that it is the right file", None
