"""Which of Envoy's files belong together, and where the files that they name are looked for."""

import os
from pathlib import Path

import pytest

from poise.model.topology import Topology
from poise.reading.read_envoy import topologies

BOOTSTRAP = """\
node: {id: a, cluster: b}
static_resources:
  clusters:
  - name: web
    type: EDS
    eds_cluster_config: {eds_config: {path_config_source: {path: PATH}}}
"""
EDS = """\
resources:
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: web
  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]
"""


def read(*paths: Path) -> tuple[Topology, ...]:
    return topologies([(str(path), path.read_text()) for path in paths])


def test_a_file_beside_the_bootstrap_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "eds.yaml"))
    (tmp_path / "eds.yaml").write_text(EDS)
    (topology,) = read(tmp_path / "envoy.yaml")
    assert [server.name for server in topology.pools[0].servers] == ["10.0.0.1:80"]
    assert topology.files == (str(tmp_path / "envoy.yaml"), str(tmp_path / "eds.yaml"))


def test_a_file_in_the_working_directory_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "eds.yaml"))
    (tmp_path / "conf" / "eds.yaml").write_text(EDS.replace("10.0.0.1", "10.0.0.2"))
    (tmp_path / "eds.yaml").write_text(EDS)
    monkeypatch.chdir(tmp_path)
    (topology,) = read(Path("conf/envoy.yaml"))
    assert [server.name for server in topology.pools[0].servers] == ["10.0.0.1:80"]


def test_files_that_are_given_are_part_of_the_bootstrap_and_not_read_twice(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "/etc/envoy/eds.yaml"))
    (tmp_path / "eds.yaml").write_text(EDS)
    (tmp_path / "other.yaml").write_text(EDS.replace("web", "other"))
    found = read(tmp_path / "eds.yaml", tmp_path / "envoy.yaml", tmp_path / "other.yaml")
    assert [(Path(topology.file).name, topology.complete) for topology in found] == [("envoy.yaml", True), ("other.yaml", False)]
    assert len(found[0].pools[0].servers) == 1


def test_a_missing_file_is_said_at_the_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "/nowhere/eds.yaml"))
    (topology,) = read(tmp_path / "envoy.yaml")
    assert [(entry.line, "/nowhere/eds.yaml" in entry.reason) for entry in topology.could_not] == [(6, True)]
    assert topology.pools[0].discovered


@pytest.mark.parametrize("path", ["'a\\0b'", '"\\0"', "''", "/", "x/y/z", '"' + "x" * 5000 + '"'])
def test_odd_paths_are_never_a_traceback(tmp_path: Path, path: str) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", path))
    assert read(tmp_path / "envoy.yaml")[0].pools[0].discovered


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text("node: {id: a, cluster: b}\ndynamic_resources: {cds_config: {path: envoy.yaml}}\n")
    (topology,) = read(tmp_path / "envoy.yaml")
    assert topology.pools == ()


def test_unreadable(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "eds.yaml"))
    (tmp_path / "eds.yaml").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "two.yaml").write_text(BOOTSTRAP.replace("PATH", "fifo"))
    folder, pipe = read(tmp_path / "envoy.yaml", tmp_path / "two.yaml")
    assert [(entry.line, entry.what) for entry in folder.could_not] == [(6, str(tmp_path / "envoy.yaml"))]
    assert [(entry.line, entry.what) for entry in pipe.could_not] == [(6, str(tmp_path / "two.yaml"))]
    assert folder.pools[0].discovered and pipe.pools[0].discovered


def test_a_device_is_not_read_and_not_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(BOOTSTRAP.replace("PATH", "/dev/zero"))
    (topology,) = read(tmp_path / "envoy.yaml")
    assert ["no regular file" in entry.reason for entry in topology.could_not] == [True]


CDS = """\
resources:
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  type: EDS
  lb_policy: LEAST_REQUEST
  eds_cluster_config: {service_name: NAME, eds_config: {ads: {}}}
"""


@pytest.mark.parametrize(
    ("files", "read_as"),
    [
        # The name that the cluster asks by is its service_name, else its own.
        ({"cds.yaml": CDS.replace("NAME", "web"), "eds.yaml": EDS}, {"cds.yaml": ("LEAST_REQUEST", 1)}),
        ({"cds.yaml": CDS.replace("NAME", '""'), "eds.yaml": EDS}, {"cds.yaml": ("LEAST_REQUEST", 1)}),
        ({"cds.yaml": CDS.replace("NAME", "x"), "eds.yaml": EDS}, {"cds.yaml": ("LEAST_REQUEST", 0), "eds.yaml": ("ROUND_ROBIN", 1)}),
        # Two that hold it, and two that ask for it.
        (
            {"cds.yaml": CDS.replace("NAME", "web"), "eds.yaml": EDS, "staging.yaml": EDS},
            {"cds.yaml": ("LEAST_REQUEST", 0), "eds.yaml": ("ROUND_ROBIN", 1), "staging.yaml": ("ROUND_ROBIN", 1)},
        ),
        (
            {"cds.yaml": CDS.replace("NAME", "web"), "eds.yaml": EDS, "staging.yaml": CDS.replace("NAME", "web")},
            {"cds.yaml": ("LEAST_REQUEST", 0), "eds.yaml": ("ROUND_ROBIN", 1), "staging.yaml": ("LEAST_REQUEST", 0)},
        ),
        ({"cds.yaml": CDS.replace("NAME", "web"), "b/eds.yaml": EDS}, {"cds.yaml": ("LEAST_REQUEST", 0), "eds.yaml": ("ROUND_ROBIN", 1)}),
    ],
)
def test_endpoints_are_read_with_the_clusters_of_their_folder_that_ask_for_them(
    files: dict[str, str], read_as: dict[str, tuple[str, int]], tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = read(*(tmp_path / name for name in files))
    assert {Path(each.file).name: (each.pools[0].algorithm.name, len(each.pools[0].servers)) for each in found} == read_as
    assert bool(found[0].not_judged) == (len(found) > 1)
