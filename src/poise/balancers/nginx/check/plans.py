"""What is to be looked at for each directive, worked out once for its name and context."""

from collections.abc import Callable
from functools import cache

from poise.balancers.nginx.check.references import is_referring
from poise.balancers.nginx.check.special import SPECIAL
from poise.balancers.nginx.check.variables import is_about_variables
from poise.balancers.nginx.directives import Form, allowed
from poise.balancers.nginx.document import Directive
from poise.model.light import dataclass

# Kinds of values whose directives may stand once in a block; lists of bits may be repeated.
ONCE = frozenset("ftnzoicbe")
# Others that nginx refuses the second time in a block, each seen with 1.22 or 1.31. `return` and `pass` are stream's only.
_WAYS = ("proxy", "fastcgi", "uwsgi", "scgi", "grpc", "memcached", "tunnel")
_ONCE_TOO = frozenset(
    (
        *(f"{way}_{end}" for way in _WAYS for end in ("pass", "bind", "cache", "cache_key", "limit_rate", "store", "temp_path")),
        *(f"{way}_ssl_{end}" for way in _WAYS for end in ("certificate", "certificate_key", "certificate_cache", "name", "password_file")),
        *("http", "events", "stream", "mail", "alias", "root", "aio", "auth_basic", "auth_basic_user_file", "auth_request", "charset"),
        *("client_body_temp_path", "directio", "disable_symlinks", "expires", "internal", "keepalive", "keepalive_timeout", "limit_rate"),
        *("limit_rate_after", "open_file_cache", "open_log_file_cache", "proxy_download_rate", "proxy_upload_rate", "proxy_method", "pass"),
        *("real_ip_header", "resolver", "secure_link", "secure_link_md5", "source_charset", "ssl", "ssl_certificate_cache", "starttls"),
        *("ssl_ocsp_cache", "ssl_password_file", "try_files", "userid_expires", "userid_mark", "worker_connections", "worker_processes"),
        *("worker_cpu_affinity", "worker_priority", "max_headers", "ssl_alpn", "proxy_ssl_alpn", "echo_status", "user", "use"),
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be looked at for a directive in one context, worked out once."""

    forms: tuple[Form, ...]
    special: Callable[[Directive, str], str | None] | None
    once: bool
    structure: bool
    variables: bool
    refers: bool


@cache
def plan_for(name: str, context: str) -> Plan | None:
    """The plan for a directive in that context (a letter); None where it may not stand there."""
    forms = allowed(name, context)
    if not forms:
        return None
    special = SPECIAL.get(name)
    once = name in _ONCE_TOO or (name == "return" and context == "v")
    foreign = name != "include" and any(form.contexts == "X" for form in forms)
    structure = foreign or context in "uw" or name in ("if", "location", "proxy_pass", "proxy_redirect")
    return Plan(forms, special, once, structure, is_about_variables(name), is_referring(name))
