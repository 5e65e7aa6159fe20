"""Which requests nginx logs where: inheritance, formats, what is built in."""

from lowered_nginx import cut, read, whole

TEXT = r"""
log_format main escape=json '{"at":"$msec",' '"to":"$upstream_addr"}' "\n";
log_format "with blank" "$status $request";
access_log /var/log/nginx/all.log main buffer=64k flush=5s;
upstream web { server 127.0.0.1:9001; }
upstream api { server 127.0.0.1:9002; }
server {
    listen 80; server_name one.example;
    location / { proxy_pass http://web; }
    location /static { root /srv; }
    location /api { proxy_pass http://api; access_log /var/log/api.log "with blank";
        access_log syslog:server=127.0.0.1:1514,tag=lb main if=$loggable; }
    location /quiet { access_log off; location /quiet/api { proxy_pass http://api; } }
}
server {
    listen 81; server_name two.example;
    access_log "/var/log/my log" missing;
    access_log off;
    location / { proxy_pass http://10.0.0.1; if ($slow) { access_log /var/log/slow.log; proxy_pass http://web; } }
}
"""


def test_the_innermost_level_with_a_line_decides() -> None:
    topology = whole(TEXT)
    told = {(each.listener, tuple(log.target for log in each.logs)): each.pools for each in topology.logged}
    assert told == {
        ("one.example", ("/var/log/nginx/all.log",)): ("web",),
        ("one.example", ("/var/log/api.log", "syslog:server=127.0.0.1:1514,tag=lb")): ("api",),
        ("one.example", ()): ("api",),
        ("two.example", ()): ("http://10.0.0.1",),
        ("two.example", ("/var/log/slow.log",)): ("web",),
    }


def test_formats_are_put_together_without_anything_in_between() -> None:
    text = f"events {{}}\nhttp {{\n{TEXT}\n}}\n"
    every = [log for each in read(text).logged for log in each.logs]
    logs = {log.target: log for log in every}
    main = logs["/var/log/nginx/all.log"].format
    assert main is not None and (main.name, main.escape) == ("main", "json")
    assert main.template == '{"at":"$msec","to":"$upstream_addr"}\n'
    assert cut(text, main.location).startswith("log_format main escape=json")
    assert logs["/var/log/nginx/all.log"].options == {"buffer": "64k", "flush": "5s"}
    blank = logs["/var/log/api.log"].format
    assert blank is not None and (blank.template, blank.escape) == ("$status $request", "default")
    assert logs["syslog:server=127.0.0.1:1514,tag=lb"].options == {"if": "$loggable"}
    slow = logs["/var/log/slow.log"]
    assert slow.format is not None and slow.format.name == "combined" and slow.format.location is None
    assert cut(text, slow.location) == "access_log /var/log/slow.log;"


def test_without_a_line_requests_go_to_the_log_nginx_was_built_with() -> None:
    [only] = whole("server { listen 80; location / { proxy_pass http://10.0.0.1; } }").logged
    assert [(log.target, log.format.name if log.format else None) for log in only.logs] == [("", "combined")]
    [stream] = read("events {}\nstream { server { listen 81; proxy_pass 10.0.0.1:80; } }").logged
    assert stream.logs == () and stream.pools == ("10.0.0.1:80",)


def test_a_format_that_is_declared_nowhere_is_none() -> None:
    [only] = whole("server { listen 80; access_log /a b; }").logged
    assert only.logs[0].format is None


def test_requests_that_nginx_makes_beside_others_are_logged_nowhere() -> None:
    text = """upstream auth { server 127.0.0.1:1; } upstream web { server 127.0.0.1:2; } upstream copy { server 127.0.0.1:3; }
    server { listen 80; server_name s; access_log /a;
        location / { auth_request /auth; mirror /copy; proxy_pass http://web; }
        location = /auth { internal; proxy_pass http://auth; } location = /copy { internal; proxy_pass http://copy; } LOGGED }"""
    told = {each.pools: (len(each.logs), each.asked_by) for each in whole(text.replace("LOGGED", "")).logged}
    assert told == {("web",): (1, ""), ("auth",): (0, "auth_request"), ("copy",): (0, "mirror")}
    assert [len(each.logs) for each in whole(text.replace("LOGGED", "log_subrequest on;")).logged] == [1]
