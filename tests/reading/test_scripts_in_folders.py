"""Scripts that lie beside configurations are none, though their language may look like nginx's."""

from pathlib import Path

from poise.reading.read import read_configuration

PERL = "#!/usr/bin/perl\nuse strict;\nuse warnings;\nif ($ENV{a}) {\n  my $server = 'x';\n}\nserver {\n  listen 80;\n}\n"
CONFIG = "listen web\n bind :80\n server a 10.0.0.1:80 check\n"


def test_a_script_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "check.pl").write_text(PERL)
    topologies, could_not = read_configuration([tmp_path])
    assert [topology.product for topology in topologies] == ["haproxy"]
    assert could_not == ()


def test_one_that_is_named_is_answered_for(tmp_path: Path) -> None:
    (tmp_path / "check.pl").write_text(PERL)
    topologies, could_not = read_configuration([tmp_path / "check.pl"])
    assert topologies or could_not


def test_a_configuration_may_name_its_load_balancer(tmp_path: Path) -> None:
    (tmp_path / "site.cfg").write_text(f"#!/usr/sbin/haproxy -f\n{CONFIG}")
    topologies, could_not = read_configuration([tmp_path])
    assert [topology.product for topology in topologies] == ["haproxy"]
    assert could_not == ()


def test_what_a_crash_left_of_a_configuration_is_told(tmp_path: Path) -> None:
    # `haproxy -c -f FOLDER` (2.6.12): "Stray NUL character", and the whole folder is refused.
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "more.cfg").write_bytes(bytes(900))
    (tmp_path / "certs.db").write_bytes(bytes(900))
    topologies, could_not = read_configuration([tmp_path])
    assert [topology.product for topology in topologies] == ["haproxy"]
    assert [(reason.what.rpartition("/")[2], "NUL bytes" in reason.reason) for reason in could_not] == [("more.cfg", True)]
