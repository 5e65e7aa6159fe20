"""What says how a load balancer is reached is told to be wrong with its line, all at once, and never repeats a password."""

from poise.app.needs import parse_needs

TEXT = """[watch]
socket = "10.0.0.5"
stats_url = "http://admin:s3cret@10.0.0.5:8404/stats"
status = "nginx_status"
access_log = "access.log"
every_seconds = 0.1
credentials_file = "a"
credentials_env = "B"
"""


def test_every_mistake_is_told_with_its_line_and_no_secret() -> None:
    needs, could_not = parse_needs(TEXT, "poise.toml")
    assert [problem.line for problem in could_not] == [3, 4, 2, 5, 8, 6]
    assert "s3cret" not in repr(could_not) and needs.watch.socket is None
    assert "credentials_file" in could_not[0].reason


def test_what_is_right_is_taken() -> None:
    text = '[watch]\nsocket = "tcp://10.0.0.5:9999"\nstatus = "http://127.0.0.1:8080/nginx_status"\nevery_seconds = 10\n'
    needs, could_not = parse_needs(text, "poise.toml")
    assert could_not == () and needs.watch.socket == "tcp://10.0.0.5:9999" and needs.watch.remote and needs.watch.every_seconds == 10.0
