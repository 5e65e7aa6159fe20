"""A recording of nginx and of Envoy lowers as what was watched, with all that was included, and holds no secret."""

import json
from datetime import UTC, datetime
from pathlib import Path

from poise.app.diagnose_recording import read_recording
from poise.daemon.configuration import Configuration
from poise.daemon.recorder import Recorder
from poise.daemon.stack_of import stack_of
from poise.daemon.watcher import Tick
from poise.model.needs import Needs
from poise.model.sample import Sample, Window

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def recorded(folder: Path, main: Path) -> tuple[Configuration, Window, list[str]]:
    watched = Configuration([str(main)], Needs())
    assert watched.topology is not None and watched.could_not == ()
    recorder = Recorder(folder / "recording", main)
    window = Window(stack_of((watched.topology,), Needs()), NOW, topologies=(watched.topology,))
    assert recorder.record(Tick(NOW, window, samples=(Sample(NOW, "lb1", "pid", 7.0),))) == () and recorder.close() == ()
    everything = b"".join(path.read_bytes() for path in recorder.directory.iterdir())
    assert b"s3cr" not in everything
    return watched, read_recording(recorder.directory), json.loads((recorder.directory / "recording.json").read_text())["configs"]


def servers(window: Window) -> list[tuple[str, str, int]]:
    return [(p.name, s.address, s.weight) for t in window.topologies for p in t.pools for s in p.servers]


def test_nginx_with_what_it_includes(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    main = tmp_path / "nginx.conf"
    main.write_text("events {}\nhttp { include conf.d/*.conf; }\n")
    (tmp_path / "conf.d" / "web.conf").write_text(
        "upstream web { server 10.0.0.1:80 weight=3; server 10.0.0.2:80; }\n"
        'server { location / { proxy_set_header Authorization "Basic s3cr3tsecret"; proxy_pass http://web; } }\n'
    )
    watched, window, configs = recorded(tmp_path, main)
    assert configs == ["nginx.conf"] and window.could_not == ()
    assert servers(window) == [("web", "10.0.0.1:80", 3), ("web", "10.0.0.2:80", 1)]
    assert watched.topology is not None and window.topologies[0].product == "nginx"


def test_envoy_with_the_files_that_it_names(tmp_path: Path) -> None:
    main, part = tmp_path / "envoy.yaml", tmp_path / "eds.yaml"
    main.write_text(
        "node: {id: a, cluster: b}\nstatic_resources:\n  secrets:\n  - name: own\n    tls_certificate:\n"
        "      private_key: {inline_string: s3cr3tkey}\n  clusters:\n  - name: web\n    type: EDS\n    eds_cluster_config:\n"
        f"      eds_config: {{path_config_source: {{path: {part}}}}}\n"
    )
    part.write_text(
        "resources:\n- '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment\n  cluster_name: web\n"
        "  endpoints:\n  - lb_endpoints:\n    - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}\n"
        "      load_balancing_weight: 3\n"
    )
    _, window, configs = recorded(tmp_path, main)
    assert configs == ["envoy.yaml", "eds.yaml"] and window.could_not == ()
    assert servers(window) == [("web", "10.0.0.1:80", 3)] and window.topologies[0].product == "envoy"
