"""What a management server hands out stands in no file: it is said, once for a configuration, and is no failure to read."""

import json

import pytest

from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse
from poise.model.could_not import CouldNot
from poise.model.topology import Topology

ADS = {"ads": {}, "resource_api_version": "V3"}
SERVER = {
    "api_type": "GRPC",
    "transport_api_version": "V3",
    "grpc_services": [{"google_grpc": {"target_uri": "xds", "stat_prefix": "xds"}}],
}
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def eds(name: str) -> dict[str, object]:
    return {"name": name, "type": "EDS", "eds_cluster_config": {"eds_config": ADS}}


def listener(**manager: object) -> dict[str, object]:
    configuration = {"@type": MANAGER, "stat_prefix": "in", **manager}
    address = {"socket_address": {"address": "0.0.0.0", "port_value": 80}}  # noqa: S104 - text
    return {"name": "in", "address": address, "filter_chains": [{"filters": [{"name": "hcm", "typed_config": configuration}]}]}


def read(bootstrap: dict[str, object]) -> Topology:
    return lower([parse(json.dumps(bootstrap), "envoy.json")])


def told(topology: Topology) -> str:
    """What stands in no file."""
    assert topology.could_not == ()
    (entry,) = topology.not_judged
    return entry.reason.partition(": a management server")[0]


def static(*clusters: object, listeners: tuple[object, ...] = ()) -> dict[str, object]:
    return {"static_resources": {"clusters": list(clusters), "listeners": list(listeners)}}


def test_clusters_and_listeners() -> None:
    dynamic = {"ads_config": SERVER, "cds_config": ADS, "lds_config": {"api_config_source": SERVER, "resource_api_version": "V3"}}
    assert told(read({"dynamic_resources": dynamic})) == "the clusters, the listeners"


def test_endpoints_are_named_and_many_are_counted() -> None:
    assert told(read(static(eds("a"), eds("b")))) == "the endpoints of `a`, `b`"
    assert told(read(static(*map(eds, "abcde")))) == "the endpoints of `a`, `b`, `c` and 2 more"


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ({"rds": {"route_config_name": "r", "config_source": ADS}}, "the routes `r`"),
        ({"rds": {"route_config_name": "r", "config_source": {"self": {}, "resource_api_version": "V3"}}}, "the routes `r`"),
        ({"route_config": {"name": "r", "vhds": {"config_source": {"api_config_source": SERVER}}}}, "virtual hosts of `r`"),
        (
            {
                "scoped_routes": {
                    "name": "s",
                    "scope_key_builder": {"fragments": [{"header_value_extractor": {"name": "x", "index": 0}}]},
                    "rds_config_source": ADS,
                    "scoped_rds": {"scoped_rds_config_source": ADS},
                }
            },
            "the scoped routes `s`",
        ),
    ],
)
def test_routes(manager: dict[str, object], expected: str) -> None:
    assert told(read(static(listeners=(listener(**manager),)))) == expected


def test_a_configuration_that_says_all_itself_has_nothing_to_say() -> None:
    own = static({"name": "web", "connect_timeout": "1s"}, listeners=(listener(route_config={"name": "r"}),))
    assert read(own).not_judged == ()
    # Whoever names a management server and takes nothing from it is whole too.
    assert read({**own, "dynamic_resources": {"ads_config": SERVER}}).not_judged == ()


def test_a_file_that_is_missing_is_a_failure_and_not_said_twice() -> None:
    source = {"path_config_source": {"path": "eds.yaml"}, "resource_api_version": "V3"}
    topology = read(static({"name": "a", "type": "EDS", "eds_cluster_config": {"eds_config": source}}))
    assert len(topology.could_not) == 1
    assert topology.not_judged == ()


def test_a_dump_of_a_running_envoy_holds_what_was_handed_out() -> None:
    dumps = "type.googleapis.com/envoy.admin.v3."
    cluster = {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", **eds("a")}
    endpoints = {"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": "a"}
    configs: list[dict[str, object]] = [
        {"@type": f"{dumps}BootstrapConfigDump", "bootstrap": {"dynamic_resources": {"ads_config": SERVER, "cds_config": ADS}}},
        {"@type": f"{dumps}ClustersConfigDump", "dynamic_active_clusters": [{"cluster": cluster}]},
    ]
    assert told(read({"configs": configs})) == "the endpoints of `a`"
    shown = {"@type": f"{dumps}EndpointsConfigDump", "dynamic_endpoint_configs": [{"endpoint_config": endpoints}]}
    topology = read({"configs": [*configs, shown]})
    assert (topology.could_not, topology.not_judged) == ((), ())


def test_names_cannot_fill_the_report() -> None:
    (entry,) = read(static(eds("x" * 100_000))).not_judged
    assert isinstance(entry, CouldNot)
    assert len(entry.reason) < 2000
