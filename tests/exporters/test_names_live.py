"""Every name that Envoy is asked for is one that a real Envoy tells."""

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from tests.exporters.test_prometheus_live import get, running, until

from poise.exporters import ENVOY
from poise.lab.binaries import find_envoy
from poise.lab.ports import take_ports
from poise.model.could_not import CouldNot

CONFIG = """\
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
static_resources:
  listeners:
  - name: http
    address: {{socket_address: {{address: 127.0.0.1, port_value: {http}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: edge
          route_config: {{virtual_hosts: [{{name: all, domains: ["*"], routes: [{{match: {{prefix: "/"}}, route: {{cluster: web}}}}]}}]}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: web
    track_cluster_stats: {{per_endpoint_stats: true}}
    load_assignment:
      cluster_name: web
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}}}]}}]
"""


@pytest.mark.live
@pytest.mark.binary
def test_every_name_is_envoys_own() -> None:
    envoy = find_envoy()
    assert not isinstance(envoy, CouldNot), envoy
    ports = take_ports()
    admin, http = ports.first, ports.first + 1
    with tempfile.TemporaryDirectory(prefix="poise-", dir="/tmp") as folder:
        config = Path(folder) / "envoy.yaml"
        config.write_text(CONFIG.format(admin=admin, http=http))
        command = [str(envoy.path), "-c", str(config), "--use-dynamic-base-id", "--concurrency", "1", "-l", "off"]
        try:
            with running(command, {}):
                # Envoy forwards to its own admin interface: an answer is all that is wanted.
                until(lambda: get(f"http://127.0.0.1:{http}/ready") == b"LIVE\n")
                page = ""

                def told() -> bool:
                    nonlocal page
                    page = get(f"http://127.0.0.1:{admin}/stats/prometheus").decode()
                    return "envoy_cluster_upstream_rq_xx" in page

                until(told)
        except subprocess.TimeoutExpired:
            pytest.fail("Envoy did not end")
        finally:
            ports.release()
    names = set(re.findall(r"^([a-zA-Z_:]\w*)", page, re.MULTILINE))
    assert [name for name in ENVOY.metrics if name not in names] == []
