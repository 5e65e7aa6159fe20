"""An inventory lists load balancers; every mistake in it is told at once, with its line."""

from pathlib import Path

from poise.app.inventory import listed, named

GOOD = """[load_balancer.edge1]
config = "edge1/haproxy.cfg"
socket = "tcp://10.0.0.5:9999"
pair = "edge"

[load_balancer.edge2]
config = ["edge2/haproxy.cfg", "edge2/more.cfg"]
socket = "tcp://10.0.0.6:9999"
pair = "edge"
needs = "other.toml"

[load_balancer.mesh]
config = "envoy.yaml"
admin = "http://10.0.0.7:9901"
every_seconds = 10
"""
BAD = """[load_balancer.one]
confg = "a.cfg"
[load_balancer.two]
config = "a.cfg"
pair = "edge"
stats_url = "http://u:s3cret@h/stats"
[load_balancer.three]
socket = "h:1"
[load_balancers.four]
config = "b.cfg"
[load_balancer.five]
config = "a.cfg"
pair = "edge"
"""


def test_an_inventory_names_files_needs_and_ways(tmp_path: Path) -> None:
    place = tmp_path / "fleet.toml"
    place.write_text(GOOD)
    (tmp_path / "edge1").mkdir()
    (tmp_path / "edge1" / "poise.toml").write_text('[pool.web]\nsplit = "even"\n[watch]\nevery_seconds = 5\n')
    (tmp_path / "other.toml").write_text("[pool.web]\nsurvive = 1\n")
    watched, could_not = listed(str(place))
    assert could_not == ()
    first, second, third = watched
    assert first.configurations == (str(tmp_path / "edge1/haproxy.cfg"),) and first.needs.of("web").split == "even"
    assert first.reach is not None and first.reach.socket == "tcp://10.0.0.5:9999" and first.reach.every_seconds == 5
    assert second.needs.of("web").survive == 1 and len(second.configurations) == 2 and second.pair == "edge"
    assert third.reach is not None and third.reach.admin == "http://10.0.0.7:9901" and third.reach.remote


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    place = tmp_path / "fleet.toml"
    place.write_text(BAD)
    watched, could_not = listed(str(place))
    assert [each.name for each in watched] == ["five"] and watched[0].pair is None
    assert "s3cret" not in repr(could_not)
    assert [(problem.line, problem.reason.split(" ")[0].strip("`")) for problem in could_not] == [
        (2, "load_balancer.one.confg"), (6, "load_balancer.two.stats_url"), (7, "load_balancer.three"), (9, "load_balancers"),
        (13, "load_balancer.five.pair"),
    ]  # fmt: skip


def test_files_of_the_command_line_share_their_needs(tmp_path: Path) -> None:
    (tmp_path / "a.cfg").write_text("global\nbackend web\n    server a 10.0.0.1:80\n")
    (tmp_path / "nginx.conf").write_text("events {}\nhttp { upstream web { server 10.0.0.1:80; } }\n")
    (tmp_path / "poise.toml").write_text('[pool.web]\nsplit = "even"\n')
    watched, could_not = named([str(tmp_path / "a.cfg"), str(tmp_path / "nginx.conf")], None)
    assert could_not == () and [each.name for each in watched] == ["lb1", "lb2"]
    assert {each.needs.of("web").split for each in watched} == {"even"}
