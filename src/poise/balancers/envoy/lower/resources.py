"""What a document holds: a bootstrap, or resources such as Envoy's discovery services hand out. Pure."""

from dataclasses import field

from poise.balancers.envoy.document import Array, Document, Node, Object, Text
from poise.balancers.envoy.tree import entries, get, items, text, type_of
from poise.model.light import dataclass

_BOOTSTRAP = (
    "static_resources", "dynamic_resources", "admin", "node", "layered_runtime", "overload_manager", "cluster_manager", "stats_config",
    "stats_sinks", "watchdogs", "tracing", "bootstrap_extensions", "default_socket_interface", "hds_config", "flags_path",
)  # fmt: skip
_DUMPED = {"cds": ".ClustersConfigDump", "lds": ".ListenersConfigDump"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with the text that it stands in; `name` where it has one."""

    node: Node
    places: Text
    name: str


@dataclass(slots=True)
class Resources:
    """Everything that was found, by what it is. `whole`: nothing in the documents was beyond reading. `dumped`: what of a running Envoy
    its `/config_dump` shows, by discovery service (`cds`, `lds`)."""

    bootstraps: list[Resource] = field(default_factory=list)
    clusters: list[Resource] = field(default_factory=list)
    listeners: list[Resource] = field(default_factory=list)
    endpoints: list[Resource] = field(default_factory=list)
    routes: list[Resource] = field(default_factory=list)
    secrets: list[Resource] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    dumped: set[str] = field(default_factory=set)
    whole: bool = True

    def add(self, document: Document) -> None:
        """Sort in what the document holds."""
        self.files[document.file] = None
        self.whole = self.whole and document.root is not None and not document.could_not
        for root in document.root.items if isinstance(document.root, Array) else [document.root]:
            if root is not None:
                self.node(root, document.places)

    def node(self, node: Node, places: Text) -> None:
        kind = type_of(node)
        if kind.endswith(".ClusterLoadAssignment") or (
            not kind and get(node, "cluster_name") is not None and get(node, "endpoints") is not None
        ):
            self.endpoints.append(Resource(node, places, text(node, "cluster_name") or ""))
        elif kind.startswith("envoy.config.cluster.") or (not kind and get(node, "load_assignment") is not None):
            self.clusters.append(Resource(node, places, text(node, "name") or ""))
        elif kind.startswith("envoy.config.listener.") or (not kind and get(node, "filter_chains") is not None):
            self.listeners.append(Resource(node, places, text(node, "name") or ""))
        elif kind.endswith(".RouteConfiguration") or (not kind and get(node, "virtual_hosts") is not None):
            self.routes.append(Resource(node, places, text(node, "name") or ""))
        elif kind.endswith(".Secret"):
            self.secrets.append(Resource(node, places, text(node, "name") or ""))
        elif kind.startswith("envoy.service.discovery.") and get(node, "resource") is not None:
            self.inner(get(node, "resource"), places)
        elif kind == "envoy.admin.v3.BootstrapConfigDump":
            self.bootstrap(get(node, "bootstrap"), places)
        elif kind.startswith("envoy.admin."):
            self.dump(node, places)
        elif get(node, "resources") is not None or get(node, "configs") is not None:
            for each in [*items(node, "resources"), *items(node, "configs")]:
                self.inner(each, places)
        elif isinstance(node, Object) and (kind.startswith("envoy.config.bootstrap.") or not kind):
            self.bootstrap(node, places)

    def inner(self, node: Node | None, places: Text) -> None:
        """A resource within a wrapper. One without a type is none that Envoy would read."""
        if node is not None and type_of(node):
            self.node(node, places)

    def bootstrap(self, node: Node | None, places: Text) -> None:
        if isinstance(node, Object):
            self.bootstraps.append(Resource(node, places, ""))
            static = get(node, "static_resources")
            self.clusters += [Resource(each, places, text(each, "name") or "") for each in items(static, "clusters")]
            self.listeners += [Resource(each, places, text(each, "name") or "") for each in items(static, "listeners")]
            self.secrets += [Resource(each, places, text(each, "name") or "") for each in items(static, "secrets")]

    def dump(self, node: Node, places: Text) -> None:
        """What `/config_dump` of a running Envoy shows of its clusters, listeners, routes and endpoints."""
        kind = type_of(node)
        self.dumped |= {service for service, name in _DUMPED.items() if kind.endswith(name)}
        for key, value in entries(node):
            if not key.startswith(("dynamic", "static")):
                continue
            for each in items(value):
                for path in (("cluster",), ("active_state", "listener"), ("listener",), ("route_config",), ("endpoint_config",)):
                    self.inner(get(each, *path), places)
