"""Templates are told by their language; what products and their scripts write themselves is no sign of one."""

import pytest

from poise.balancers.template import looks_like_template


@pytest.mark.parametrize(
    ("text", "language", "line"),
    [
        ("backend web\n{% for host in groups['web'] %}\n  server {{ host }} {{ host }}:80\n{% endfor %}\n", "Jinja2", 2),
        ("server app {{ app_ip }}:80\n", "Jinja2", 1),
        ("server app {{ app_ip | default('x', true) }}:80\n", "Jinja2", 1),
        ("server app {{ service.ip }}:80\n", "Jinja2", 1),
        ("server app {{ node }}:{{ key }}\n", "Jinja2", 1),
        ("maxconn <%= @maxconn %>\n", "ERB", 1),
        ("a\n<% if @x -%>\nb\n<% end -%>\n", "ERB", 2),
        ('{{ range service "web" }}\nserver {{ .Name }} {{ .Address }}:{{ .Port }}\n{{ end }}\n', "consul-template", 1),
        ('{{- key "lb/maxconn" }}', "consul-template", 1),
        ("replicas: {{ .Values.replicas }}\n", "Helm", 1),
        ("{{- if and .Values.admin.enabled .x }}\n", "Helm", 1),
        ('{{- include "x.labels" . | nindent 4 }}\n', "Helm", 1),
        ("{{ with .Env }}\n", "Go template", 1),
        ("listen {{ $port }};\n", "Go template", 1),
        ("backend web\n%{ for host in hosts ~}\n  server a 127.0.0.1:80\n%{ endfor ~}\n", "Terraform", 2),
        ("a\n%{if secure}\nb\n%{endif}\n", "Terraform", 2),
        ("server ${app.name} 127.0.0.1:80\n", "Terraform", 1),
        ("server a ${hosts[0]}:80\n", "Terraform", 1),
        ("a\n<#list apps as app>\nserver ${app}\n</#list>\n", "FreeMarker", 2),
        ("mode tcp<#if slow> retries 5</#if>\n", "FreeMarker", 1),
        ("backend web\n  % for app in apps:\n  server ${ app } 127.0.0.1:80\n  % endfor\n", "Mako", 2),
    ],
)
def test_templates(text: str, language: str, line: int) -> None:
    found = looks_like_template(text)
    assert found is not None
    assert (found.language, found.line) == (language, line)
    assert found.sign in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# {{ ansible_managed }}\nbackend web\n",
        '    log-format "{%[src]} %{+Q}o <%[src]> %%"\n',
        'content_by_lua_block { local t = {{1, 2}, {3}} local u = {{a, b}} local v = {{name = 1}} local w = {{"a", "b"}} }\n',
        '{"static_resources":{"clusters":[{"a":{"b":{}}}]}}',
        'log_format j escape=json \'{"a":{"b":"$c"}}\';\n',
        "bind ${ADDRESS}:80\n",
        "log-format %{+Q}o\\ %{-E,+X}ci\\ %if\\ %{+Q}r\n",
        "bind ${address}:80\nserver ${name_of_app} 127.0.0.1:80\n",
        "acl odd path /<#if>\n# <#list apps as app>\n# % for app in apps:\n# %{ for app in apps }\n",
        'content_by_lua_block { local left = 7 % for_each; return "%{if}" }\n',
        "proxy_pass http://${upstream};\n",
    ],
)
def test_configurations(text: str) -> None:
    assert looks_like_template(text) is None


def test_variables_for_envsubst_are_a_sign_only_where_the_product_has_none() -> None:
    text = "listen ${NGINX_PORT};\n"
    assert looks_like_template(text) is None
    found = looks_like_template(text, variables=True)
    assert found is not None and found.language == "envsubst"
    assert looks_like_template("proxy_set_header Host ${host};\n", variables=True) is None


# A search whose time grew with the square of the text would take many minutes; this one takes a second or less.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["{{a", "{{ a, ", "<%a", "{%", "# {{ a }}\n", "{{a,b}}", "${A", "%{ if ", "${a.b", "${a[1", "<#if ", "% if a\n", "\n% for "]
)
def test_hostile_text_without_a_sign_is_searched_to_its_end(piece: str) -> None:
    text = piece * (3_000_000 // len(piece))
    assert looks_like_template(text, variables=True) is None
    found = looks_like_template(f"{text}\n{{{{ .Values.replicas }}}}\n", variables=True)
    assert found is not None
    assert (found.language, found.line) == ("Helm", text.count("\n") + 2)
