"""Which load balancers a command line's files are: one process's files stay together, others are told apart."""

from pathlib import Path

from poise.reading.load_balancers import OneLoadBalancer, load_balancers

GLOBAL = "global\n    maxconn 100\n"
WEB = "backend web\n    server a 10.0.0.1:80\n"
API = "backend api\n    server a 10.0.0.2:80\n"


def written(folder: Path, **texts: str) -> list[str]:
    paths = []
    for name, text in texts.items():
        path = folder / name.replace("_", ".")
        path.write_text(text)
        paths.append(str(path))
    return paths


def test_files_of_one_haproxy_are_one_in_their_order(tmp_path: Path) -> None:
    paths = written(tmp_path, b_cfg=GLOBAL, a_cfg=WEB, c_cfg=API)
    assert load_balancers(paths) == (OneLoadBalancer(tuple(paths), "haproxy"),)


def test_two_global_sections_are_two_processes(tmp_path: Path) -> None:
    paths = written(tmp_path, one_cfg=GLOBAL + WEB, two_cfg=GLOBAL + API)
    assert [each.paths for each in load_balancers(paths)] == [(paths[0],), (paths[1],)]


def test_products_are_told_apart_and_the_unreadable_is_kept(tmp_path: Path) -> None:
    paths = written(
        tmp_path,
        nginx_conf="events {}\nhttp { upstream web { server 10.0.0.1:80; } }\n",
        ha_cfg=GLOBAL + WEB,
        envoy_yaml="static_resources:\n  clusters:\n  - name: web\n    type: STATIC\n",
    )
    missing = str(tmp_path / "missing.cfg")
    found = load_balancers([missing, *paths])
    assert [(each.paths[0], each.product) for each in found] == [
        (missing, None), (paths[0], "nginx"), (paths[1], "haproxy"), (paths[2], "envoy"),
    ]  # fmt: skip


def test_a_folder_of_one_configuration_is_that_one(tmp_path: Path) -> None:
    written(tmp_path, a_cfg=GLOBAL, b_cfg=WEB)
    assert load_balancers([str(tmp_path)]) == (OneLoadBalancer((str(tmp_path),), "haproxy"),)
