"""Envoy configurations, lowered for tests."""

from poise.balancers.envoy.document import Document
from poise.balancers.envoy.lower import lower
from poise.balancers.envoy.syntax import parse
from poise.model.could_not import CouldNot
from poise.model.topology import Pool, Topology

GOOGLE = "type.googleapis.com"
MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def read(text: str, **files: str) -> Topology:
    def find(path: str, named_in: str) -> Document | CouldNot:
        name = path.removesuffix(".yaml")
        return parse(files[name], path) if name in files else CouldNot(path, "there is no such file")

    return lower([parse(text, "envoy.yaml")], find)


def cluster(settings: str) -> Pool:
    topology = read(f"static_resources: {{clusters: [{{name: a, connect_timeout: 1s, {settings}}}]}}")
    assert topology.could_not == ()
    return topology.pools[0]
