"""Whether a cluster speaks TLS to its servers, and whether it looks at their certificates. Pure."""

from poise.balancers.envoy.document import Node, Object
from poise.balancers.envoy.names import snake
from poise.balancers.envoy.tree import entries, get, items, text, type_of

_PROOF = (
    "trusted_ca", "verify_certificate_hash", "verify_certificate_spki", "ca_certificate_provider_instance", "system_root_certs",
    "custom_validator_config", "ca_certificate_provider",
)  # fmt: skip
_ELSEWHERE = (
    "validation_context_sds_secret_config", "validation_context_certificate_provider", "validation_context_certificate_provider_instance",
)  # fmt: skip


def server_tls(cluster: Node) -> tuple[bool, str | None]:
    """`(tls, verify)`: verify is "required" where certificates are held against something, "none" where not, None without TLS.

    Envoy verifies nothing unless a validation context says what against. Source: Envoy's TLS architecture overview.
    """
    sockets = [get(cluster, "transport_socket"), *(get(each, "transport_socket") for each in items(cluster, "transport_socket_matches"))]
    contexts = [found for found in map(_context, sockets) if found is not None]
    if not contexts:
        return False, None
    return True, "required" if all(_verified(context) for context in contexts) else "none"


def _context(socket: Node | None) -> Node | None:
    """The common TLS context of a transport socket; below a wrapper (PROXY protocol, Starttls) that of the one within."""
    for _ in range(8):
        config = get(socket, "typed_config")
        kind = type_of(config)
        if kind.endswith(("UpstreamTlsContext", "QuicUpstreamTransport")):
            context = get(config, "upstream_tls_context") if kind.endswith("QuicUpstreamTransport") else config
            return get(context, "common_tls_context") or Object([], 0, 0)
        socket = get(config, "transport_socket")
        if socket is None:
            return None
    return None


def _verified(common: Node) -> bool:
    contexts = [get(common, "validation_context"), get(common, "combined_validation_context", "default_validation_context")]
    if any(text(context, "trust_chain_verification") in ("ACCEPT_UNTRUSTED", "1") for context in contexts):
        return False
    if any(get(common, key) is not None for key in _ELSEWHERE):
        return True
    if get(common, "combined_validation_context", "validation_context_sds_secret_config") is not None:
        return True
    return any(snake(key) in _PROOF for context in contexts for key, _ in entries(context))
