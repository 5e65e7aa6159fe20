"""The targets of `proxy_pass`, `fastcgi_pass` and their like."""

from poise.balancers.nginx.check.listen import is_port
from poise.balancers.nginx.document import Directive
from poise.balancers.nginx.values import host_and_port
from poise.model.regexp import regexp

_PATH = regexp(r"[/?]")
# The schemes that may stand in front of the address; proxy_pass of http must have one.
_SCHEMES = {"proxy_pass": ("http://", "https://"), "grpc_pass": ("grpc://", "grpcs://"), "uwsgi_pass": ("uwsgi://", "suwsgi://")}


def pass_problem(directive: Directive, context: str) -> str | None:
    """What nginx would refuse of the target's form."""
    target = directive.args[0] if directive.args else ""
    if "$" in target:
        return None
    rest = target
    if context != "v":
        schemes = _SCHEMES.get(directive.name, ())
        scheme = next((each for each in schemes if target.lower().startswith(each)), "")
        if not scheme and directive.name == "proxy_pass":
            return f"`{target}` must begin with http:// or https://"
        rest = target[len(scheme) :]
    if rest.startswith("unix:"):
        return None if rest.removeprefix("unix:").strip(":") else f"there is no path of a socket in `{target}`"
    authority = _PATH.split(rest, 1)[0] if directive.name == "proxy_pass" and context != "v" else rest
    host, port = host_and_port(authority)
    if not host or "/" in host or host.count("[") != host.count("]"):
        return f"there is no host in `{target}` that nginx takes"
    if port is not None and not (port.isdigit() and is_port(port)):
        return f"`{port}` in `{target}` is no port"
    return None


def has_path(target: str) -> bool:
    """Whether a target of `proxy_pass` without variables has a part behind the address: `/`, a path, a query."""
    rest = target.partition("://")[2]
    if rest.startswith("unix:"):
        return ":" in rest.removeprefix("unix:")
    return "/" in rest or "?" in rest
