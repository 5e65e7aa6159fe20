"""`import poise`: what other programs may use, as the how-to shows it."""

import builtins
import copy
import doctest
import io
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import poise
from poise.model.needs import Objectives

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-as-a-library.md"
HAPROXY = """\
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend http
    bind :80
    default_backend web
backend web
    server app1 10.0.0.1:80 check weight 3
    server app2 10.0.0.2:80 check
"""
NGINX = "events {}\nhttp { include mime.types; include conf.d/*.conf; upstream web { server 10.0.0.1:80; server 10.0.0.2:80; } }\n"
ENVOY = """\
static_resources:
  clusters:
  - name: web
    connect_timeout: 1s
    load_assignment:
      cluster_name: web
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]
dynamic_resources: {cds_config: {path_config_source: {path: /etc/envoy/cds.yaml}}}
"""


def test_the_how_to_does_as_it_says() -> None:
    said = io.StringIO()
    test = doctest.DocTestParser().get_doctest(HOW_TO.read_text(encoding="utf-8"), {}, HOW_TO.name, str(HOW_TO), 0)
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.write)
    assert result.attempted > 15
    assert result.failed == 0, said.getvalue()


def test_importing_poise_imports_nothing() -> None:
    code = "import sys; before = set(sys.modules); import poise; print(sorted(set(sys.modules) - before))"
    environment = {**os.environ, "PYTHONPATH": str(HOW_TO.parents[2] / "src")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout == "['poise']\n"


def test_everything_public_is_there_documented_and_typed() -> None:
    assert set(poise.__all__) <= set(dir(poise))
    for name in set(poise.__all__) - {"__version__"}:
        assert getattr(poise, name).__doc__
    assert (Path(poise.__file__).parent / "py.typed").exists()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = getattr(poise, "nothing")  # noqa: B009 - a name that type checkers would refuse


@pytest.mark.parametrize("text", [HAPROXY, NGINX, ENVOY, "", "nothing of the kind", "backend {", "\0"])
@pytest.mark.parametrize("call", [poise.predict, poise.audit, lambda text: poise.diff(text, text)])
def test_a_text_reads_no_file_and_starts_no_program(
    text: str, call: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    call(text)  # what is imported late is imported now
    (tmp_path / "poise.toml").write_text("[pool.web]\nmax_share = 0.1\n")
    (tmp_path / "mime.types").write_text("types {}\n")
    monkeypatch.chdir(tmp_path)

    def refused(*args: object, **named: object) -> None:
        raise AssertionError(f"{args} was opened or started")

    monkeypatch.setattr(builtins, "open", refused)
    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(os, "posix_spawn", refused)
    made = call(text)
    assert not any("poise.toml" in entry.what for entry in made.could_not)
    assert bool(made.could_not) == (text != HAPROXY)


def test_an_include_is_followed_from_the_path_and_not_without_one(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.conf").write_text("upstream api { server 10.0.0.3:80; }\n")
    (reason,) = poise.predict(NGINX).could_not
    assert "conf.d/*.conf" in reason.reason
    made = poise.predict(NGINX, path=tmp_path / "nginx.conf")
    assert made.could_not == ()
    assert [pool.pool for pool in made.pools] == ["api", "web"]


def test_needs_are_a_mapping_an_object_or_a_path(tmp_path: Path) -> None:
    file = tmp_path / "poise.toml"
    file.write_text("[pool.web]\nmax_share = 0.6\n")
    for needs in ({"pool": {"web": {"max_share": 0.6}}}, poise.Needs({"web": poise.PoolNeeds(max_share=0.6)}), file, str(file)):
        (pool,) = poise.predict(HAPROXY, needs).pools
        assert [(check.need, check.met) for check in pool.needs] == [("max_share", False)]
    assert "no such file" in poise.predict(HAPROXY, tmp_path / "absent.toml").could_not[0].reason
    file.write_text("[pool.web]\nmax_share = 6\n")
    assert "`pool.web.max_share` must be above 0" in poise.predict(HAPROXY, file).could_not[0].reason


def test_needs_of_a_pool_that_is_misspelt_are_told() -> None:
    assert "Did you mean `web`?" in poise.predict(HAPROXY, {"pool": {"wbe": {"survive": 1}}}).could_not[0].reason


def test_acceptances_count_until_their_day() -> None:
    accepted = {"accept": {"uneven-weights": {"by": "Ada", "because": "app1 is larger", "until": date(2026, 12, 31)}}}
    selected = {"select": ["uneven-weights"], "today": date(2026, 11, 1)}
    assert [f.rule for f in poise.audit(HAPROXY, **selected).findings] == ["uneven-weights"]  # type: ignore[arg-type]
    assert poise.audit(HAPROXY, accepted, **selected).findings == ()  # type: ignore[arg-type]
    assert len(poise.audit(HAPROXY, accepted, select=["uneven-weights"], today=date(2027, 1, 1)).findings) == 1


def test_the_version_is_the_one_named_or_the_one_assumed() -> None:
    assert [(read.target, read.target_from) for read in poise.audit(HAPROXY, target="2.6").read] == [("2.6", "given")]
    assert [read.target_from for read in poise.audit(HAPROXY).read] == ["assumed"]
    assert poise.predict(HAPROXY, target="3.3").pools[0].algorithm == "random"
    change = poise.diff(HAPROXY, HAPROXY, old_target="2.8", target="3.3")
    assert change.could_not == ()


def test_keys_are_placed() -> None:
    made = poise.predict(HAPROXY + "    balance uri\n", keys=["/a", "/b", "/a"]).pools[0]
    assert made.placement is not None
    assert {key for key, _ in made.placement} == {"/a", "/b"}
    assert sum(server.share for server in made.servers) == pytest.approx(1)


def declared(**needs: Any) -> poise.Needs:
    return poise.Needs({"web": poise.PoolNeeds(**needs)})


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: poise.predict(HAPROXY.encode()), TypeError, "text must be a str"),  # type: ignore[arg-type]
        (lambda: poise.diff(HAPROXY, None), TypeError, "new_text must be a str"),  # type: ignore[arg-type]
        (lambda: poise.predict(HAPROXY, product="f5"), ValueError, "product must be one of haproxy, nginx, envoy"),
        (lambda: poise.predict(HAPROXY, target="v2"), ValueError, "target must be a version"),
        (lambda: poise.predict(HAPROXY, target=2.8), TypeError, "target must be a str"),  # type: ignore[arg-type]
        (lambda: poise.predict(HAPROXY, keys="/a"), TypeError, "keys must be a list of str"),
        (lambda: poise.predict(HAPROXY, keys=[]), ValueError, "keys holds no key"),
        (lambda: poise.predict(HAPROXY, requests=0), ValueError, "requests must be"),
        (lambda: poise.predict(HAPROXY, requests="9"), TypeError, "requests must be"),  # type: ignore[arg-type]
        (lambda: poise.predict(HAPROXY, 3), TypeError, "needs must be a mapping"),  # type: ignore[arg-type]
        (lambda: poise.predict(HAPROXY, {"pool": {"web": {"survive": -1}}}), ValueError, "`pool.web.survive` must be 0 or more"),
        (lambda: poise.predict(HAPROXY, {"pools": {}}), ValueError, "Did you mean `pool`?"),
        (lambda: poise.predict(HAPROXY, declared(service_time_ms=math.nan)), ValueError, "`pool.web.service_time_ms` must be above 0"),
        (lambda: poise.audit(HAPROXY, declared(peak_requests_per_second=-5)), ValueError, "`pool.web.peak_requests_per_second` must be 0"),
        (lambda: poise.diff(HAPROXY, HAPROXY, declared(clients=10**9)), ValueError, "`pool.web.clients` must be 1 to 100,000"),
        (lambda: poise.predict(HAPROXY, declared(objectives=Objectives(2.0))), ValueError, "`pool.web.objectives.availability` must be"),
        (lambda: poise.predict(HAPROXY, path=b"/etc"), TypeError, "path must be a str"),  # type: ignore[arg-type]
        (lambda: poise.audit(HAPROXY, select=["uneven-weigths"]), ValueError, "neither a rule nor a theme"),
        (lambda: poise.audit(HAPROXY, ignore="health"), TypeError, "ignore must be a list"),
        (lambda: poise.audit(HAPROXY, today="2026-01-01"), TypeError, "today must be a date"),  # type: ignore[arg-type]
    ],
)
def test_wrong_arguments_are_said_to_be(call: Callable[[], object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call()


def test_an_answer_can_be_sent_to_another_process() -> None:
    text = "listen web\n bind :80\n server a 10.0.0.1:80 check\n server b 10.0.0.2:80 check\n"
    forecast, change = poise.predict(text), poise.diff(text, text.replace("b 10.0.0.2", "b 10.0.0.3"))
    assert pickle.loads(pickle.dumps(forecast)) == forecast  # noqa: S301 - our own bytes
    assert copy.deepcopy(forecast) == forecast
    assert pickle.loads(pickle.dumps(change)) == change  # noqa: S301 - our own bytes
