"""What a listener is called among the parts of a stack, whose names must differ."""

SUFFIX = " listener"


def listener_component(listener: str, *, shared: bool) -> str:
    """`http` as it is; `web listener` where a pool has that name too (`shared`): HAProxy's `listen` is both, its frontend and backend may
    share one, and so may nginx's server and upstream, Envoy's listener and cluster. A name that ends so by itself (Envoy's may hold blanks)
    gets a second one, so that what is cut off again is never its own."""
    return f"{listener}{SUFFIX}" if shared or listener.endswith(SUFFIX) else listener
