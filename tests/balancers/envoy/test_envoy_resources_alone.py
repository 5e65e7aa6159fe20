"""Files of resources (EDS, CDS, LDS, RDS) that are audited by themselves: read in every form, judged as far as they go, and no further."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from poise.app.audit import AuditOptions, audit, exit_code
from poise.app.predict import predict
from poise.model.audit import Audit
from poise.reading.read import Sources

TYPES = "type.googleapis.com/envoy.config"


def endpoint(number: int, weight: int, **more: Any) -> dict[str, Any]:
    address = {"socket_address": {"address": f"10.0.0.{number}", "port_value": 80}}
    return {"endpoint": {"address": address}, "load_balancing_weight": weight, **more}


def load(*weights: int) -> dict[str, Any]:
    return {"cluster_name": "web", "endpoints": [{"lb_endpoints": [endpoint(n, w) for n, w in enumerate(weights, 1)]}]}


def route(**more: Any) -> dict[str, Any]:
    clusters = [{"name": "web", "weight": 10}, {"name": "api", "weight": 90}]
    routes = [{"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": clusters}}}]
    return {"name": "routes", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}], **more}


HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def listener() -> dict[str, Any]:
    config = {"@type": HCM, "stat_prefix": "http", "route_config": route()}
    chains = [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": config}]}]
    return {"name": "front", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}}, "filter_chains": chains}  # noqa: S104


def cluster(*weights: int) -> dict[str, Any]:
    return {"name": "web", "type": "STATIC", "connect_timeout": "1s", "load_assignment": load(*weights)}


def camel(value: Any) -> Any:
    if isinstance(value, list):
        return [camel(each) for each in value]
    if not isinstance(value, dict):
        return value
    words = {key: key.split("_") for key in value}
    return {w[0] + "".join(p.title() for p in w[1:]) if key[0] != "@" else key: camel(value[key]) for key, w in words.items()}


def written(folder: Path, kind: str, resource: dict[str, Any], form: str) -> Path:
    typed = {"@type": f"{TYPES}.{kind}", **resource}
    value: Any = {"response": {"version_info": "1", "resources": [typed]}, "typed": typed, "list": [resource], "one": resource}[
        form.split(maxsplit=1)[0]
    ]
    if "camel" in form:
        value = camel(value)
    path = folder / f"resources.{'json' if 'json' in form else 'yaml'}"
    path.write_text(json.dumps(value) if "json" in form else block(value))
    return path


def block(value: Any, indent: str = "") -> str:
    """As people write YAML: what is nested stands below."""
    if isinstance(value, list):
        return "".join(f"{indent}- {block(each, indent + '  ').strip()}\n" for each in value)
    if not isinstance(value, dict):
        return json.dumps(value)
    lines = []
    for key, each in value.items():
        nested = isinstance(each, dict | list)
        lines.append(
            f"{indent}{json.dumps(key) if key[0] == '@' else key}:" + (f"\n{block(each, indent + '  ')}" if nested else f" {block(each)}\n")
        )
    return "".join(lines)


def audited(path: Path) -> Audit:
    found = audit(Sources((str(path),)), AuditOptions(), date(2026, 1, 1))
    assert not found.could_not
    return found


FORMS = [f"{shape} {syntax}" for shape in ("response", "typed", "list", "one") for syntax in ("yaml", "json", "json camel")]


@pytest.mark.parametrize("form", FORMS)
def test_endpoints_alone_are_judged_by_their_weights(form: str, tmp_path: Path) -> None:
    found = audited(written(tmp_path, "endpoint.v3.ClusterLoadAssignment", load(100, 1), form))
    assert [(f.rule, f.pool, f.server) for f in found.findings] == [("uneven-weights", "web", "10.0.0.1:80")]
    (missing,) = found.not_judged
    assert "the cluster of the endpoints `web` is not read with them: its algorithm is taken for round robin" in missing.reason
    assert exit_code(found, "warning") == 1


@pytest.mark.parametrize("form", FORMS)
def test_even_endpoints_have_no_finding_and_are_not_called_whole(form: str, tmp_path: Path) -> None:
    found = audited(written(tmp_path, "endpoint.v3.ClusterLoadAssignment", load(1, 1, 1), form))
    assert found.findings == ()
    assert len(found.not_judged) == 1


@pytest.mark.parametrize("form", FORMS)
def test_clusters_alone_are_judged_whole(form: str, tmp_path: Path) -> None:
    found = audited(written(tmp_path, "cluster.v3.Cluster", cluster(100, 1), form))
    assert {f.rule for f in found.findings} >= {"uneven-weights", "server-without-check"}
    assert found.not_judged == ()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["route.v3.RouteConfiguration", "listener.v3.Listener"])
def test_routes_alone_say_what_they_lack(kind: str, form: str, tmp_path: Path) -> None:
    resource = route() if "Route" in kind else listener()
    found = audited(written(tmp_path, kind, resource, form))
    reasons = " ".join(each.reason for each in found.not_judged)
    assert "the clusters `web`, `api` that routes lead to are not read with them" in reasons
    assert ("the listener of the routes `routes`" in reasons) == ("Route" in kind)
    assert {f.rule for f in found.findings} <= {"missing-timeouts", "unlimited-streams"}


def test_endpoints_that_a_cluster_here_asks_for_are_its_own(tmp_path: Path) -> None:
    eds = {"name": "web", "type": "EDS", "connect_timeout": "1s", "eds_cluster_config": {"eds_config": {"ads": {}}}}
    resources = [{"@type": f"{TYPES}.cluster.v3.Cluster", **eds}, {"@type": f"{TYPES}.endpoint.v3.ClusterLoadAssignment", **load(1, 1)}]
    (tmp_path / "all.json").write_text(json.dumps({"resources": resources}))
    assert audited(tmp_path / "all.json").not_judged == ()
    assert [pool.pool for pool in predict(Sources((str(tmp_path / "all.json"),))).pools] == ["web"]


def test_they_are_forecast(tmp_path: Path) -> None:
    path = written(tmp_path, "endpoint.v3.ClusterLoadAssignment", load(3, 1), "list yaml")
    (pool,) = predict(Sources((str(path),))).pools
    assert [(s.server, s.share) for s in pool.servers] == [("10.0.0.1:80", 0.75), ("10.0.0.2:80", 0.25)]


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "- cluster_name: web\n  colour: red\n", '[{"endpoints": []}]', "- virtual: x\n  domains: y\n"]
)
def test_another_list_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(text)
    assert audit(Sources((str(tmp_path / "some.yaml"),)), AuditOptions(), date(2026, 1, 1)).could_not
