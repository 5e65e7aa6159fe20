"""What a listener is called among the parts of a stack, whose names must differ."""

SUFFIX = " listener"


def listener_component(listener: str, *, shared: bool) -> str:
    """`http` as it is; `web listener` where a pool has that name too (`shared`): HAProxy's `listen` is both, its frontend and backend may
    share one, and so may nginx's server and upstream, Envoy's listener and cluster."""
    return f"{listener}{SUFFIX}" if shared else listener
