"""What Envoy says of extensions by name and type alone. Pure."""

from collections.abc import Mapping

from poise.balancers.envoy.document import Node, Object, Scalar
from poise.balancers.envoy.schema.hints import meant
from poise.balancers.envoy.schema.table import knows_package, names_in

# Messages that name an extension, and the field that may stand instead of its configuration.
POINTS = {
    "envoy.config.listener.v3.Filter": "config_discovery",
    "envoy.config.listener.v3.ListenerFilter": "config_discovery",
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter": "config_discovery",
    "envoy.config.core.v3.TransportSocket": "",
    "envoy.config.accesslog.v3.AccessLog": "",
    "envoy.config.cluster.v3.Filter": "config_discovery",
    "envoy.config.core.v3.HealthCheck.CustomHealthCheck": "",
    "envoy.config.metrics.v3.StatsSink": "",
    "envoy.config.overload.v3.ResourceMonitor": "",
    "envoy.config.route.v3.RetryPolicy.RetryHostPredicate": "",
    "envoy.config.route.v3.RetryPolicy.RetryPriority": "",
    "envoy.config.trace.v3.Tracing.Http": "",
}


def unknown_type(name: str) -> str | None:
    """Why a type that the table does not hold is refused. One of a package that it does not hold either may be a build's own."""
    if name.startswith("envoy.api.v2.") or (name.startswith("envoy.config.") and ".v2" in name):
        return f"`{name}` is of the API v2, which Envoy dropped with 1.18"
    package = name.rpartition(".")[0]
    if name.startswith(("envoy.", "xds.")) and knows_package(package):
        hint = meant(name.rpartition(".")[2], [each.rpartition(".")[2] for each in names_in(package)])
        return f"there is no type `{name[:120]}`{hint}"
    return None


def missing_implementation(message: str, taken: Mapping[str, Node]) -> str | None:
    """Why an extension without a configuration is refused: Envoy finds it by the type of that, not by its name."""
    if message not in POINTS or POINTS[message] in taken:
        return None
    config = taken.get("typed_config")
    kind = config.member("@type") if isinstance(config, Object) else None
    if kind is not None and isinstance(kind.value, Scalar) and kind.value.value:
        return None
    name = taken.get("name")
    shown = name.value[:80] if isinstance(name, Scalar) else ""
    return f"the extension `{shown}` needs a `typed_config` with its `@type`, by which Envoy finds it"
