"""Which message is looked at beyond its fields, and by what. Pure."""

from collections.abc import Callable, Iterator, Mapping

from poise.balancers.envoy.document import Node
from poise.balancers.envoy.schema import clusters, listeners, routes

# By the message's full name: what yields `(where, why)` for each thing that Envoy refuses.
MEANING: Mapping[str, Callable[[Node], Iterator[tuple[Node, str]]]] = {
    "envoy.config.bootstrap.v3.Bootstrap": listeners.bootstrap,
    "envoy.config.bootstrap.v3.Admin": listeners.admin,
    "envoy.config.bootstrap.v3.LayeredRuntime": listeners.runtime,
    "envoy.config.cluster.v3.Cluster": clusters.cluster,
    "envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector": clusters.subset,
    "envoy.config.cluster.v3.Cluster.MaglevLbConfig": clusters.maglev,
    "envoy.config.cluster.v3.Cluster.RingHashLbConfig": clusters.ring,
    "envoy.config.cluster.v3.OutlierDetection": clusters.outlier,
    "envoy.config.core.v3.CidrRange": listeners.network,
    "envoy.config.core.v3.HealthCheck.HttpHealthCheck": clusters.http_check,
    "envoy.config.core.v3.HealthCheck.Payload": clusters.tcp_check_payload,
    "envoy.config.listener.v3.FilterChain": listeners.filter_chain,
    "envoy.config.listener.v3.Listener": listeners.listener,
    "envoy.config.route.v3.RetryPolicy.RetryBackOff": routes.back_off,
    "envoy.config.route.v3.Route": routes.headers,
    "envoy.config.route.v3.RouteAction": routes.action,
    "envoy.config.route.v3.RouteConfiguration": routes.table,
    "envoy.config.route.v3.RouteAction.RequestMirrorPolicy": routes.mirror,
    "envoy.config.route.v3.VirtualCluster": routes.virtual_cluster,
    "envoy.config.route.v3.VirtualHost": routes.host,
    "envoy.config.route.v3.WeightedCluster": routes.weighted,
    "envoy.config.route.v3.WeightedCluster.ClusterWeight": routes.headers,
    "envoy.config.trace.v3.ZipkinConfig": listeners.zipkin,
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager": listeners.connection_manager,
    "envoy.extensions.load_balancing_policies.maglev.v3.Maglev": clusters.maglev,
    "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash": clusters.ring,
    "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext": listeners.server_tls,
    "envoy.type.matcher.v3.RegexMatcher": routes.regex,
}
