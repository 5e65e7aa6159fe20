"""What somebody who wrote a name that does not exist may have meant. Pure."""

from collections.abc import Iterable

# What fields of the API v2 became, which Envoy dropped with 1.18, by message and field; of other fields a typing error is likelier.
_V2 = {
    ("", "config"): "`typed_config` with its `@type`",
    ("Cluster", "hosts"): "`load_assignment` with its `endpoints`",
    ("Cluster", "tls_context"): "`transport_socket` with an `UpstreamTlsContext`",
    ("FilterChain", "tls_context"): "`transport_socket` with a `DownstreamTlsContext`",
    ("RouteAction", "host_rewrite"): "`host_rewrite_literal`",
    ("RouteAction", "auto_host_rewrite_header"): "`host_rewrite_header`",
    ("RouteMatch", "regex"): "`safe_regex`",
    ("HeaderMatcher", "regex_match"): "`string_match` with `safe_regex`",
    ("CorsPolicy", "allow_origin"): "`allow_origin_string_match`",
    ("CorsPolicy", "enabled"): "`filter_enabled`",
    ("HttpConnectionManager", "idle_timeout"): "`common_http_protocol_options` with `idle_timeout`",
}
_WITH_CONFIG = (
    "Filter", "HttpFilter", "ListenerFilter", "AccessLog", "TransportSocket", "StatsSink", "Http", "ResourceMonitor", "CustomHealthCheck",
    "RetryHostPredicate", "RetryPriority",
)  # fmt: skip
# Where the lists of static resources stand that were written at the head of the file.
_MISPLACED = ("listeners", "clusters", "secrets")


def of_v2(message: str, key: str) -> str | None:
    """Why that field of that message is refused, where it is one that the API v2 had, or one that belongs further in."""
    if message == "Bootstrap" and key in _MISPLACED:
        return f"Bootstrap has no field `{key}` (it belongs below `static_resources`)"
    became = _V2.get((message, key)) or (_V2["", "config"] if key == "config" and message in _WITH_CONFIG else None)
    return f"`{key}` of {message} is of the API v2, which Envoy dropped with 1.18 (now {became})" if became else None


def meant(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)`, or nothing. The library is imported only where there is something to say."""
    import difflib  # noqa: PLC0415 - 2 ms that no good file needs to pay

    names = sorted(set(known))
    found = difflib.get_close_matches(word[:60], names, 1, 0.75)
    return f" (did you mean `{found[0]}`?)" if found and found[0] != word else ""
