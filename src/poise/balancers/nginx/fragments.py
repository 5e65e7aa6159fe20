"""Where a file that is no whole configuration would be included, and whether it loads modules that poise does not know."""

from poise.balancers.nginx.directives import allowed
from poise.balancers.nginx.document import Directive
from poise.model.regexp import regexp

# In the order in which a tie is decided.
_CANDIDATES = "hstvluwmeqrSLx"
# The modules of nginx and Debian whose directives are known; `ngx_` and `_module.so` around the names are left out.
_KNOWN = frozenset(
    (
        *(
            "http_geoip",
            "http_image_filter",
            "http_perl",
            "http_xslt_filter",
            "mail",
            "stream",
            "stream_geoip",
            "http_js",
            "stream_js",
            "otel",
        ),
        *("http_auth_pam", "http_brotli_filter", "http_brotli_static", "http_cache_purge", "http_dav_ext", "http_echo", "http_fancyindex"),
        *("http_geoip2", "http_headers_more_filter", "http_lua", "http_memc", "http_modsecurity", "http_set_misc", "http_srcache_filter"),
        *("http_subs_filter", "http_uploadprogress", "http_upstream_fair", "nchan", "rtmp", "stream_geoip2", "http_acme"),
    )
)
_MODULE = regexp(r"(?:.*/)?(?:ngx_(\w+)_module|ndk_http_module)\.so")


def fragment_context(body: list[Directive]) -> str:
    """The context (a letter of `directives.CONTEXTS`) that most of these directives may stand in."""
    lines = [d for d in body if d.name != "include"][:2000]
    scores = {}
    for context in _CANDIDATES:
        scores[context] = sum(any(form.block == (d.body is not None) for form in allowed(d.name, context)) for d in lines)
    best = max(_CANDIDATES, key=lambda context: scores[context])
    # Servers of http and of stream look alike; those that pass on without a location are stream's.
    if (
        best == "h"
        and scores["t"] == scores["h"]
        and any(line.name == "proxy_pass" for d in body if d.name == "server" for line in d.body or [])
    ):
        return "t"
    return best


def loads_unknown(body: list[Directive]) -> bool:
    """Whether a module is loaded whose directives are not known: then an unknown name proves nothing."""
    for directive in body:
        if directive.name == "load_module" and directive.args:
            found = _MODULE.fullmatch(directive.args[0])
            if found is None or (found[1] and found[1] not in _KNOWN):
                return True
    return False
