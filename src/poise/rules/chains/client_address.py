"""Whose address a layer sees: the client's, or that of the load balancer in front of it. Pure."""

from poise.model.chain import Chain
from poise.model.hashes import ENVOY_HASHES
from poise.model.topology import Bind, Listener, Pool, Route, Server

# HAProxy's keywords that put the client's address before a connection, or take it as source.
SENDS = ("send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "proxy-v2-options", "usesrc")


def sends_proxy(chain: Chain, server: Server) -> bool:
    """Whether the front layer begins its connections to that server with the PROXY protocol (or takes the client's address as its own)."""
    if chain.front.product == "haproxy":
        return any(word in server.options for word in SENDS) or "usesrc" in chain.pool.options.get("source", "")
    if chain.front.product == "nginx":
        return any(route.options.get("proxy_protocol") == "on" for _, route in chain.front.routes_to(chain.pool.name))
    return any(value.endswith("ProxyProtocolUpstreamTransport") for value in chain.pool.options.values())


def takes_proxy(listener: Listener, bind: Bind) -> bool:
    """Whether the back layer wants the PROXY protocol on that address."""
    if listener.product == "haproxy":
        return "accept-proxy" in bind.options
    if listener.product == "nginx":
        return "proxy_protocol" in bind.options
    return any(key.startswith("listener_filters.") and value.endswith(".ProxyProtocol") for key, value in listener.options.items())


def knows_client(chain: Chain, server: Server, listener: Listener, bind: Bind, route: Route) -> bool:
    """Whether the back layer takes the client's address from the connection's head or from a header of the request."""
    both = sends_proxy(chain, server) and takes_proxy(listener, bind)
    if listener.product == "haproxy":
        return both or any("set-src " in text for text in listener.options.values())
    if listener.product == "nginx":
        header = route.options.get("real_ip_header", "")
        if listener.mode == "tcp":
            return both and "set_real_ip_from" in route.options
        return "set_real_ip_from" in route.options and (header != "proxy_protocol" or both)
    # Envoy takes X-Forwarded-For for the client's address unless it is told to use the connection's.
    forwarded = listener.mode == "http" and listener.options.get("hcm.use_remote_address") != "true"
    return both or forwarded or any(key.startswith("hcm.original_ip_detection_extensions") for key in listener.options)


def by_address(pool: Pool, route: Route) -> str | None:
    """The words that bind a client of that route to a server by its address alone, None where nothing does."""
    algorithm = pool.algorithm
    if pool.product == "haproxy":
        if algorithm.name == "source" or (algorithm.name == "hash" and (algorithm.argument or "").strip() == "src"):
            return "balance source"
        return pool.persistence if (pool.persistence or "").split()[:3] in (["stick", "on", "src"], ["stick", "match", "src"]) else None
    if pool.product == "nginx":
        key = (algorithm.argument or "").strip("\"'")
        named = algorithm.name == "hash" and key in ("$remote_addr", "$binary_remote_addr", "${remote_addr}")
        return algorithm.name if algorithm.name == "ip_hash" else f"hash {key}" if named else None
    policies = [key for key in route.options if key.startswith("hash_policy.") and key.endswith(("source_ip", "source_ip_hash"))]
    others = [key for key in route.options if key.startswith("hash_policy.") and key not in policies]
    return "a hash of source_ip" if policies and not others and algorithm.name in ENVOY_HASHES else None
