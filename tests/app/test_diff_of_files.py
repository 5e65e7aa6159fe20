"""`poise diff` as a whole: what it reads, once each, and what it says of what it could not."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from poise.app.diff import diff
from poise.app.predict import keys_in, predict
from poise.model.could_not import CouldNot
from poise.model.forecast import ConfigurationDiff
from poise.reading.read import Sources
from poise.report import diff_json, diff_text, forecast_text
from poise.report.schema import schema

TODAY = date(2026, 1, 1)
OLD = "listen web\n    bind :80\n    server a 10.0.0.1:80\n    server b 10.0.0.2:80\n"
NEW = OLD.replace("10.0.0.2:80", "10.0.0.2:80 weight 3")
HOSTILE = '[pool."web\\n  met  survive: all is well\\u001b[2J"]\nsurvived = 1\n'


def change(folder: Path, needs: str = "", old: str = OLD, new: str = NEW) -> ConfigurationDiff:
    (folder / "old.cfg").write_text(old)
    (folder / "new.cfg").write_text(new)
    (folder / "poise.toml").write_text(needs)
    made = diff(str(folder / "old.cfg"), str(folder / "new.cfg"), None, TODAY)
    jsonschema.validate(json.loads(json.dumps(diff_json.as_dict(made))), json.loads(schema("diff")))
    return made


def test_pipes_are_compared_as_files_are(tmp_path: Path) -> None:
    wanted = change(tmp_path)
    assert wanted.pools[0].share_moved == pytest.approx(0.25)
    pipes = []
    for text in (OLD, NEW):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        pipes.append(reading)
    try:
        made = diff(*(f"/dev/fd/{number}" for number in pipes), str(tmp_path / "poise.toml"), TODAY)
        # Who asks again gets the same.
        assert predict(Sources((f"/dev/fd/{pipes[1]}",))).pools[0].servers == made.pools[0].after
    finally:
        for number in pipes:
            os.close(number)
    assert made.could_not == ()
    assert [replace(pool, file="") for pool in made.pools] == [replace(pool, file="") for pool in wanted.pools]


def test_a_slip_in_a_name_of_the_needs_is_told(tmp_path: Path) -> None:
    made = change(tmp_path, "[pool.wbe]\nsurvive = 1\n")
    assert [(c.what, c.line) for c in made.could_not] == [(str(tmp_path / "poise.toml"), 1)]
    assert "Did you mean `web`?" in made.could_not[0].reason


def test_the_name_of_a_server_that_is_taken_out_is_no_slip(tmp_path: Path) -> None:
    made = change(tmp_path, "[pool.web]\nsplit = {a = 1, b = 1}\n", new=OLD.replace("    server b 10.0.0.2:80\n", ""))
    assert made.could_not == ()


def test_another_configurations_needs_are_a_remark(tmp_path: Path) -> None:
    made = change(tmp_path, "[pool.shop]\nsurvive = 1\n")
    assert made.could_not == ()
    assert [(r.what, r.line) for r in made.remarks] == [(str(tmp_path / "poise.toml"), 1)]
    assert "note: " in diff_text.text(made)


def test_two_pools_of_one_name_are_two(tmp_path: Path) -> None:
    nginx = "upstream web { server 10.0.1.1; server 10.0.1.2; }\nserver { listen 80; location / { proxy_pass http://web; } }\n"
    for side, haproxy in (("old", OLD), ("new", NEW)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "haproxy.cfg").write_text(haproxy)
        (tmp_path / side / "web.conf").write_text(nginx)
    made = diff(str(tmp_path / "old"), str(tmp_path / "new"), None, TODAY)
    assert sorted((pool.pool, round(pool.share_moved, 3)) for pool in made.pools) == [("web", 0.0), ("web", 0.25)]


def sides(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> ConfigurationDiff:
    for side, texts in (("old", old), ("new", new)):
        for name, text in texts.items():
            (folder / side / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / side / name).write_text(text)
    return diff(str(folder / "old"), str(folder / "new"), None, TODAY)


def upstream(port: int, weight: int = 1) -> str:
    servers = f"server 10.0.0.1:{port} weight={weight}; server 10.0.0.2:{port};"
    return f"upstream web {{ {servers} }}\nserver {{ listen {port}; location / {{ proxy_pass http://web; }} }}\n"


def test_pools_of_one_name_are_followed_by_their_file(tmp_path: Path) -> None:
    # A file that comes first shifts the order of the others.
    made = sides(
        tmp_path,
        {"b/site.conf": upstream(82), "d/site.conf": upstream(84)},
        {"a/site.conf": upstream(81), "b/site.conf": upstream(82, 9), "d/site.conf": upstream(84)},
    )
    assert [(pool.file.removeprefix(f"{tmp_path}/"), round(pool.share_moved, 3), bool(pool.before)) for pool in made.pools] == [
        ("new/a/site.conf", 1.0, False),
        ("new/b/site.conf", 0.4, True),
        ("new/d/site.conf", 0.0, True),
    ]
    assert [pool.story.partition(": ")[0] for pool in made.pools] == [pool.file for pool in made.pools]


def test_pools_of_one_name_in_two_products_are_named_with_it(tmp_path: Path) -> None:
    made = sides(tmp_path, {"lb.conf": upstream(80), "h.cfg": OLD}, {"lb.conf": upstream(80, 9), "h.cfg": OLD})
    assert [pool.story for pool in made.pools] == [
        f"{tmp_path}/new/h.cfg (haproxy): none of web's traffic moves",
        f"{tmp_path}/new/lb.conf (nginx): 40.0 % of web's traffic moves: 10.0.0.1:80 50.0 % → 90.0 % (weight of 10.0.0.1:80 1 → 9)",
    ]


def test_a_finding_that_moves_to_another_file_is_gained_there(tmp_path: Path) -> None:
    made = sides(
        tmp_path,
        {"a.conf": upstream(81), "b.conf": upstream(82, 9), "c.conf": upstream(83)},
        {"a.conf": upstream(81), "b.conf": upstream(82, 9), "c.conf": upstream(83, 9)},
    )
    gained = [f.location.file for f in made.findings_gained if f.rule == "uneven-weights"]
    assert gained == [f"{tmp_path}/new/c.conf"]


def test_a_server_with_another_address_is_told_with_both(tmp_path: Path) -> None:
    said = diff_text.text(change(tmp_path, new=OLD.replace("10.0.0.2", "10.0.0.9"))).splitlines()
    assert said[0] == "50.0 % of web's traffic moves: b (10.0.0.2:80) 50.0 % → 0.0 % (b moves from 10.0.0.2:80 to 10.0.0.9:80)"
    assert [line.split()[:2] for line in said[1:4]] == [["a", "10.0.0.1:80"], ["b", "10.0.0.9:80"], ["b", "10.0.0.2:80"]]


def test_a_pool_that_moves_to_another_product_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "old").write_text(OLD)
    (tmp_path / "new").write_text(
        "upstream web { server 10.0.0.1:80; server 10.0.0.2:80; }\nserver { location / { proxy_pass http://web; } }\n"
    )
    made = diff(str(tmp_path / "old"), str(tmp_path / "new"), None, TODAY)
    assert [(pool.pool, pool.share_moved) for pool in made.pools] == [("web", 0.0)]


def test_servers_of_one_name_which_haproxy_refuses_do_not_end_it(tmp_path: Path) -> None:
    made = change(tmp_path, new=OLD + "    server a 10.0.0.1:80\n    server a 10.0.0.3:80\n")
    assert ["already declared" in c.reason for c in made.could_not] == [True, True, False]
    assert "one of its server lines is refused" in made.could_not[-1].reason
    assert made.pools == ()


def test_a_pool_whose_split_is_not_known_is_told(tmp_path: Path) -> None:
    endpoint = "{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}"
    for name in ("old.yaml", "new.yaml"):
        (tmp_path / name).write_text(
            "static_resources:\n  clusters:\n  - name: web\n    type: STATIC\n    lb_policy: CLUSTER_PROVIDED\n"
            f"    load_assignment: {{cluster_name: web, endpoints: [{{lb_endpoints: [{endpoint}, {endpoint}]}}]}}\n"
        )
    made = diff(str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"), None, TODAY)
    told = predict(Sources((str(tmp_path / "new.yaml"),))).could_not
    assert told
    assert set(told) <= set(made.could_not)


def test_no_text_of_others_begins_a_line(tmp_path: Path) -> None:
    said = [diff_text.text(change(tmp_path, HOSTILE)), forecast_text.text(predict(Sources((str(tmp_path / "new.cfg"),))))]
    for text in said:
        assert "survive: all is well" in text
        assert not [line for line in text.splitlines() if line.startswith("  met")]


@pytest.mark.timeout(30)
def test_keys_that_are_no_file_are_told(tmp_path: Path) -> None:
    for place, says in (("/dev/zero", "a device"), (str(tmp_path), "a folder"), (str(tmp_path / "none"), "no such file")):
        keys = keys_in(place)
        assert isinstance(keys, CouldNot)
        assert says in keys.reason
        made = predict(Sources((str(tmp_path),)), keys=keys)
        assert (made.pools, made.could_not) == ((), (keys,))
    (tmp_path / "keys").write_bytes(b"/a\r\n\n/\xff\n")
    assert keys_in(str(tmp_path / "keys")) == ["/a", "/\udcff"]


def test_dev_null_is_no_file_as_git_means_it(tmp_path: Path) -> None:
    # `git difftool` and GIT_EXTERNAL_DIFF name it for the missing side of a file that is new or deleted.
    (tmp_path / "lb.cfg").write_text(NEW)
    (tmp_path / "poise.toml").write_text("[pool.web]\nsurvive = 1\n")
    new, gone = (diff(*sides, None, TODAY) for sides in ((os.devnull, str(tmp_path / "lb.cfg")), (str(tmp_path / "lb.cfg"), os.devnull)))
    assert new.could_not == gone.could_not == ()
    assert [(p.pool, p.share_moved, p.before, len(p.after)) for p in new.pools] == [("web", 1.0, (), 2)]
    assert [(p.pool, p.share_moved, len(p.before), p.after) for p in gone.pools] == [("web", 1.0, 2, ())]
    assert {f.rule for f in new.findings_gained} == {f.rule for f in gone.findings_lost} != set()
    for made in (new, gone):
        jsonschema.validate(json.loads(json.dumps(diff_json.as_dict(made))), json.loads(schema("diff")))


def test_no_file_on_either_side_compares_nothing() -> None:
    assert diff(os.devnull, os.devnull, None, TODAY).could_not == (
        CouldNot(os.devnull, "both sides are no file: name a configuration on one of them"),
    )
