"""`poise docs` writes a page, and says when a kept one is no longer true."""

import subprocess
import sys
from pathlib import Path

CONFIG = """\
defaults
    mode http
    timeout connect 1s
    timeout client 15s
    timeout server 5s
listen web
    bind :8080
    balance roundrobin
    option httpchk GET /healthz
    server app1 10.0.0.1:8080 check
    server app2 10.0.0.2:8080 check
"""


def docs(folder: Path, *words: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "poise.cli", "docs", "--target", "haproxy=2.8", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_page_that_is_true_passes_and_one_that_is_not_is_told_with_the_difference(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    assert docs(tmp_path, "--out", "page.md", "haproxy.cfg") == (0, "", "")
    assert docs(tmp_path, "--check", "page.md", "haproxy.cfg") == (0, "", "")
    (tmp_path / "haproxy.cfg").write_text(CONFIG.replace("10.0.0.1:8080 check", "10.0.0.1:8080 check weight 3"))
    code, told, why = docs(tmp_path, "--check", "page.md", "haproxy.cfg")
    assert code == 1
    assert "-| app1 | 10.0.0.1:8080 | active | 1 | 50.0% |  |  |" in told.splitlines()
    assert "+| app1 | 10.0.0.1:8080 | active | 3 | 75.0% |  |  |" in told.splitlines()
    assert "page.md no longer says what the configuration says" in why


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    (tmp_path / "haproxy.cfg").write_text(CONFIG)
    (tmp_path / "page.md").write_text("")
    assert docs(tmp_path, "--check", "page.md", "--out", "page.md", "haproxy.cfg")[0] == 64
    code, _, why = docs(tmp_path, "--out", "missing/page.html", "haproxy.cfg")
    assert (code, "missing/page.html" in why, "Traceback" in why) == (2, True, False)


def test_where_nothing_could_be_read_a_kept_page_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("What this load balancer does\n")
    for flag in ("--out", "--check"):
        code, told, why = docs(tmp_path, flag, "page.md", "haproxy.cfg")
        assert (code, told, "write it anew" in why) == (2, "", False)
        assert "could not haproxy.cfg: there is no such file" in why
        assert "nothing could be read; page.md is left as it is" in why
    assert (tmp_path / "page.md").read_text() == "What this load balancer does\n"
    code, told, _ = docs(tmp_path, "haproxy.cfg")
    assert (code, "\nNothing was judged.\n" in told, "\nNothing.\n" in told) == (2, True, False)
