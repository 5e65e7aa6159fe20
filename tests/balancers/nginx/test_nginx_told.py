"""What is told of an nginx configuration that cannot be read as it stands: versions, unknown names, templates, broken lines."""

import pytest
from lowered_nginx import read, reasons, routes, the_pool, whole

from poise.balancers.nginx.assemble import assemble
from poise.balancers.nginx.lower import lower


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("upstream a { zone a 64k; resolver 127.0.0.1; server a.example resolve; }", "1.22", "1.28"),
        ("server { listen 443 ssl; http2 on; ssl_certificate a; ssl_certificate_key a; }", "1.24", "1.26"),
        ("upstream a { server 10.0.0.1; sticky cookie a; }", "1.28", "1.30"),
        ("upstream a { server 10.0.0.1; keepalive 4 local; }", "1.29.6", "1.29.7"),
        ("server { listen 443 quic; ssl_certificate a; ssl_certificate_key a; }", "1.24.0", "1.25.0"),
        ("early_hints 1;", "1.28", "1.29"),
    ],
)
def test_a_named_version_refuses_what_came_later(text: str, old: str, new: str) -> None:
    (entry,) = whole(text, old).could_not
    assert "from nginx" in entry.reason
    assert whole(text, new).could_not == ()
    assert whole(text).could_not == ()


def test_what_only_nginx_plus_has_passes_unless_a_version_is_named() -> None:
    text = "upstream a { zone a 64k; server 10.0.0.1 slow_start=30s; queue 100 timeout=5s; }\nmatch ok { status 200; }\n"
    text += "server { listen 80; location / { proxy_pass http://a; health_check match=ok; } location /api { api; } }"
    assert whole(text).could_not == ()
    assert any("nginx Plus" in reason for _, reason in reasons(whole(text, "1.28")))


def test_a_directive_that_left() -> None:
    assert whole("server { listen 443; ssl on; }", "1.24").could_not == ()
    assert "removed" in whole("server { listen 443; ssl on; }", "1.26").could_not[0].reason


def test_unknown_names_are_told_with_the_name_that_was_meant() -> None:
    (entry,) = whole("server {\n    listen 80;\n    location / {\n        proxy_pas http://a;\n    }\n}").could_not
    assert (entry.line, "`proxy_pass`" in entry.reason) == (6, True)
    loaded = "load_module modules/ngx_http_unheard_of_module.so;\nevents {}\nhttp {\n    unheard_of on;\n}\n"
    assert read(loaded).could_not == ()
    assert len(read(loaded.replace("ngx_http_unheard_of_module", "ngx_http_geoip_module")).could_not) == 1
    assert whole("vhost_traffic_status_zone;\nmore_set_headers 'A: b';\nlua_shared_dict a 1m;").could_not == ()


def test_a_missing_semicolon_is_told_where_it_is_missing() -> None:
    (entry,) = whole("server {\n    listen 80\n    server_name a;\n}").could_not
    assert entry.line == 4
    assert "`;` is missing behind `80`" in entry.reason


def test_the_words_of_a_file_that_is_no_configuration_are_not_repeated() -> None:
    for text in ("root:$6$salt$hash:19000:0:::", "http { proxy_set_header Authorization 'Basic dXNlcjpwYXNz' }"):
        (entry, *_) = whole(text).could_not
        assert "is missing" in entry.reason and "hash" not in entry.reason and "dXNl" not in entry.reason


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("upstream web {\n{% for server in servers %}\n    server {{ server }};\n{% endfor %}\n}\n", 2),
        ("upstream web {\n    server {{ host }}:80;\n}\n", 2),
        ('upstream web {\n{{ range service "web" }}\n    server {{ .Address }};\n{{ end }}\n}\n', 2),
        ("upstream web {\n<% @servers.each do |s| %>\n    server <%= s %>;\n<% end %>\n}\n", 2),
        ("upstream web {\n    server ${APP_HOST}:${APP_PORT};\n    server ${APP_TWO};\n}\n", 2),
        ("server {\n    listen ${PORT};\n    location / {\n        proxy_pass http://${BACKEND};\n    }\n}\n", 2),
        ("server {\n    listen 80;\n    location / {\n        proxy_pass http://${BACKEND}:80;\n    }\n}\n", 4),
        ("events {}\nhttp {\n    server {\n        location / {\n            proxy_pass $APP_URL/api;\n        }\n    }\n}\n", 5),
        ("server {\n    listen 80;\n    client_max_body_size $MOST_BYTES;\n    proxy_read_timeout $A_TIME;\n}\n", 3),
        ("http {\n    server{% if x %} listen 80; {% endif %}\n}\n", 2),
        # A bare blank swallows the line below, which is no mistake of the file.
        ("server {\n    listen 80;\n    ${REST_OF_IT}\n}\n", 3),
        ("server {\n    listen ${PORT};\n    ${REST_OF_IT}\n}\n}\n", 2),
        ("upstream web {\n    server ${address}:80;\n    server ${other}:80;\n}\n", 2),
        ("upstream web {\n    server ${hosts[0]}:80;\n    server ${app.host}:80;\n}\n", 2),
        ("upstream web {\n    %{ for address in addresses }\n    server ${address}:80;\n    %{ endfor }\n}\n", 2),
        ("upstream web {\n    %{~ for address in addresses ~}\n    server ${address}:80;\n    %{~ endfor ~}\n}\n", 2),
    ],
)
def test_templates_are_said_once_with_the_way_to_render_them(text: str, line: int) -> None:
    (entry,) = read(text).could_not
    assert (entry.line, "template" in entry.reason) == (line, True)


def test_a_variable_that_is_written_wrongly_makes_no_template() -> None:
    text = "set $backend 127.0.0.1; location / {\n proxy_pass http://${bakend}:80; }"
    (entry,) = whole(f"server {{\n listen 80;\n {text}\n}}").could_not
    assert "nothing defines the variable `$bakend`" in entry.reason
    (entry,) = whole("server {\n listen 80;\n set $SIZE 1m;\n client_max_body_size $SIZE;\n}").could_not
    assert "`$SIZE` is no size" in entry.reason
    assert whole("server {\n listen 80;\n location /100%{ return 204; }\n}").could_not == ()


def test_nothing_of_a_template_for_envsubst_is_judged() -> None:
    text = "server {\n    listen 80;\n    location / {\n        proxy_pass http://${BACKEND};\n    }\n}\n"
    for topology in (read(text), whole(text)):
        assert "envsubst '${BACKEND} …' < FILE" in topology.could_not[0].reason
        assert (topology.pools, topology.listeners) == ((), ())


def test_a_template_that_is_included_leaves_the_rest_and_what_it_may_hold_unknown() -> None:
    text = "events {}\nhttp {\ninclude web.conf;\nserver {\nlisten 80;\nlocation / {\nproxy_pass http://web;\n}\n}\n}\n"
    topology = lower(assemble("nginx.conf", text, lambda *_: [("web.conf", "upstream web {\n    server ${APP_HOST}:${APP_PORT};\n}\n")]))
    assert [(entry.what, entry.line) for entry in topology.could_not] == [("web.conf", 2)]
    assert [pool.name for pool in topology.pools] == ["http://web"]
    assert not topology.complete


def test_what_looks_like_a_template_and_is_none() -> None:
    text = 'server {\n    listen 80;\n    # {{ a comment }}\n    location / {\n        return 200 "{{ a }} {% b %} ${host}";\n    }\n}'
    assert whole(text).could_not == ()


def test_one_broken_line_hides_nothing_else() -> None:
    topology = whole(
        "upstream web {\n    server 10.0.0.1 weight=x;\n    server 10.0.0.2;\n}\nnonsense;\nserver {\n    listen 80;\n"
        "    location / {\n        proxy_pass http://web;\n    }\n}"
    )
    assert [entry.line for entry in topology.could_not] == [4, 7]
    assert [server.name for server in the_pool(topology, "web").servers] == ["10.0.0.1", "10.0.0.2"]
    assert [route.pool for route in routes(topology)] == ["web"]


CERTIFICATE = "ssl_certificate a.pem; ssl_certificate_key a.key;"


@pytest.mark.parametrize(
    ("http", "lines"),
    [
        ("server { listen 443 ssl; }", [3]),
        ("server { listen 443 quic; listen 444 ssl; }", [3]),
        ("server {\nlisten 80;\nlisten 443 ssl;\n}\nserver {\nlisten 443 ssl;\n%s}", [5]),
        ("server {\nlisten 443;\n}\nserver {\nlisten 443 ssl;\n%s\n}", [4]),
        ("server { listen 443 ssl; %s }\nserver { listen [::]:443 ssl; }", [4]),
        ("server { listen 443 ssl; ssl_certificate_key a.key; }", [3]),
        ("server { listen 443 ssl; ssl_certificate a.pem; }", [3]),
        ("server { listen 80; ssl_certificate a.pem; }", [3]),
    ],
)
def test_tls_without_a_certificate_is_told(http: str, lines: list[int]) -> None:
    assert [entry.line for entry in whole(http.replace("%s", CERTIFICATE)).could_not] == lines


@pytest.mark.parametrize(
    "http",
    [
        "%s server { listen 443 ssl; }",
        "server { listen 443 ssl; %s } server { listen 0.0.0.0:443 ssl; server_name b; }",
        "server { listen 443 ssl; server_name b; } server { listen 443 ssl default_server; %s }",
        "server { listen 443 ssl default_server; ssl_reject_handshake on; } server { listen 443 ssl; server_name b; %s }",
        "ssl_certificate a.pem; server { listen 443 ssl; ssl_certificate_key a.key; }",
        # These may bring it where nginx runs.
        "server { listen 443 ssl; include tls.d/*.conf; }",
        "include conf.d/*.conf; server { listen 443 ssl; }",
    ],
)
def test_tls_that_has_its_certificate_or_may_have_it(http: str) -> None:
    assert all("is not there" in entry.reason for entry in whole(http.replace("%s", CERTIFICATE)).could_not)
