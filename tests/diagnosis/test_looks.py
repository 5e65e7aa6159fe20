"""Commands to paste: real names, quoted for a shell, in the words of the product, tried on the real programs."""

import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from stack_arithmetic import HEALTHY, NEEDS, STORIES, Story

from poise.diagnosis.engine import diagnose
from poise.diagnosis.looks import OF_ALL, OF_PRODUCT, Look, look
from poise.diagnosis.places import Places, places_of, unknown
from poise.faults import plan_for
from poise.model.diagnosis import Hypothesis
from poise.model.needs import Watch, WatchedDatabase, WatchedServer
from poise.model.sample import Stack, Window
from poise.reading.read import Sources, read

AT = Places(
    product="nginx",
    pool="we'b $(id)",
    servers=("10.0.0.1:80", "10.0.0.1:8080"),
    control="/run/x y.sock",
    log="/var/log/a b.log",
    direct="h:1",
    path="h:1",
    check="/h",
    dsn="postgresql://d",
    database_port="5432",
    client="http://c/",
)
NGINX = """\
events {{}}
http {{
    log_format up '$remote_addr $status $upstream_addr';
    access_log {folder}/access.log up;
    upstream web{{
        server 10.0.0.1:80 weight=3;
        server 10.0.0.1:8080;
    }}
    upstream other {{ server 10.0.0.3:80; }}
    server {{ listen 127.0.0.1:8081; location / {{ proxy_pass http://web; }} }}
}}
"""


def window_of(path: Path) -> Window:
    (topology,) = read(Sources(paths=(str(path),))).topologies
    return replace(Story().run(3, HEALTHY).window(), topologies=(topology,))


def shell(command: str) -> str:
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, check=False).stdout


@pytest.mark.parametrize("product", OF_PRODUCT)
def test_every_look_is_a_command_that_a_shell_can_read(product: str) -> None:
    for name in (*OF_ALL, *OF_PRODUCT[product]):
        found = look(name, replace(AT, product=product))
        assert subprocess.run(["bash", "-n", "-c", found.command], check=False).returncode == 0, found.command
        assert "\n" not in found.command
        # Nothing of a name is run or left open.
        assert "$(id)" not in found.command or shlex.split(found.command)


def test_nginxs_upstream_is_cut_out_of_its_files_by_name(tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("no nginx here")
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path))
    found = look("state", places_of(window_of(config), "web"))
    told = shell(found.command.replace("nginx -T", f"nginx -T -c {config} -g 'pid {tmp_path}/pid;'"))
    assert [line.split() for line in told.splitlines()] == [
        ["upstream", "web{"],
        ["server", "10.0.0.1:80", "weight=3;"],
        ["server", "10.0.0.1:8080;"],
        ["}"],
    ]


def test_requests_are_counted_in_nginxs_log_by_whole_addresses(tmp_path: Path) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path))
    lines = ["1.2.3.4 200 10.0.0.1:80"] * 3 + ["1.2.3.4 200 10.0.0.1:8080"]
    (tmp_path / "access.log").write_text("\n".join(lines) + "\n")
    found = look("shares", places_of(window_of(config), "web"))
    assert [line.split() for line in shell(found.command).splitlines()] == [["3", "10.0.0.1:80"], ["1", "10.0.0.1:8080"]]


def test_sockets_of_all_kinds_are_asked_as_their_programs_understand() -> None:
    def haproxy(control: str) -> str:
        return replace(AT, product="haproxy", pool="web", control=control).haproxy("show info")

    assert haproxy("/run/h.sock") == "echo 'show info' | socat stdio /run/h.sock"
    assert haproxy("ipv4@127.0.0.1:9999") == "echo 'show info' | socat stdio TCP:127.0.0.1:9999"

    def envoy(control: str) -> str:
        return replace(AT, product="envoy", control=control).envoy("/ready")

    assert envoy("127.0.0.1:9901") == "curl -s http://127.0.0.1:9901/ready"
    assert envoy("/run/a.sock") == "curl -s --unix-socket /run/a.sock http://localhost/ready"
    assert envoy("@name") == "curl -s --abstract-unix-socket name http://localhost/ready"


def test_no_command_holds_a_password() -> None:
    watch = Watch(client="http://u:secret1@c/?token=secret2", database={"main": WatchedDatabase(dsn="postgresql://u:secret3@h/d")})
    window = replace(Story().run(3, HEALTHY).window(), needs=replace(NEEDS, watch=watch))
    told = " ".join(look(name, places_of(window)).command for name in OF_ALL)
    assert "secret" not in told
    assert "psql postgresql://u@h/d" in told


@pytest.mark.parametrize("product", ["nginx", "envoy"])
@pytest.mark.parametrize("story", ["uneven 256/1/1/1", "limit of one per server", "wrong check", "one slow", "load balancer gone"])
def test_no_word_of_haproxys_is_told_of_another_product(product: str, story: str) -> None:
    window = Story().run(30, HEALTHY).run(10, STORIES[story][2]).window()
    window = replace(window, topologies=tuple(replace(t, product=product, file=f"/etc/{product}/c") for t in window.topologies))
    diagnosis = diagnose(window)
    plans = [plan_for(h, window) for h in diagnosis.hypotheses if h.layer in ("load-balancer", "application")]
    told = " ".join(
        (*(n.command + n.test for n in diagnosis.next), *(p.advice for p in plans), *(s.command for p in plans for s in p.steps))
    )
    told = told.replace("haproxy.cfg", "FILE")  # where the topology's parts stand
    assert not any(word in told for word in ("socat", "haproxy", "HAProxy", "set server", "show stat"))


def test_a_plan_by_hand_says_where_and_what(tmp_path: Path) -> None:
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path))
    plan = plan_for(Hypothesis("uneven-weights", "load-balancer", "pool web", (), 1.0), window_of(config))
    assert plan.steps == ()
    assert plan.advice.startswith(f"In {config}:5: give the servers of upstream web the weights that are wanted")
    assert plan.advice.endswith("Then nginx -t && nginx -s reload (or systemctl reload nginx).")
    assert isinstance(look("state", places_of(window_of(config))), Look)


def test_a_look_is_at_the_server_that_is_suspected() -> None:
    window = Story().run(3, HEALTHY).window()
    watch = Watch(server={f"web/app{i}": WatchedServer(f"http://10.0.0.{i}:9/m", f"10.0.0.{i}:80", f"app{i}") for i in (1, 2, 3)})
    window = replace(window, needs=replace(NEEDS, watch=watch))
    for component in ("server web/app3", "hop lb→app3"):
        at = places_of(window, "web", component)
        assert look("metrics", at).command == "curl -s -m 5 http://10.0.0.3:9/m"
        assert "http://10.0.0.3:80/healthz" in look("healthz", at).command


@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("postgresql://u:p%40ss@h:5433/shop?sslmode=require", "psql 'postgresql://u@h:5433/shop?sslmode=require'"),
        ("host=h dbname=shop password='a b' user=u", "psql 'host=h dbname=shop user=u'"),
    ],
)
def test_psql_is_given_the_database_and_no_password(dsn: str, told: str) -> None:
    watch = Watch(database={"main": WatchedDatabase(dsn=dsn)})
    window = replace(Story().run(3, HEALTHY).window(), needs=replace(NEEDS, watch=watch))
    assert look("limit", places_of(window)).command.startswith(f"{told} -c ")


def test_no_command_is_told_that_nobody_could_run() -> None:
    window = Window(Stack(), Story().run(1, HEALTHY).window().now)
    told = [look(name, places_of(window)).command for name in (*OF_ALL, *OF_PRODUCT["haproxy"])]
    assert any(unknown(command) for command in told)
    assert not any(unknown(n.command) for n in diagnose(window).next)
    # Recordings name no socket of a shell's, but the stack's addresses are real.
    seen = Story().run(3, HEALTHY).window()
    assert look("limit", places_of(seen)).command.startswith("psql postgresql://127.0.0.1:22000/ -c")
