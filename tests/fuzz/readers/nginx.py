"""nginx's reader as it is fuzzed."""

from collections.abc import Iterator

from poise.balancers.nginx.assemble import Found, assemble
from poise.balancers.nginx.lower import lower
from poise.balancers.nginx.syntax import parse, recognise, unparse
from poise.model.topology import Topology

FILE = "nginx.conf"
NEIGHBOUR = """events {}
http {
    upstream web { server 127.0.0.1:80 weight=3; server 127.0.0.1:8080 backup; keepalive 8; }
    server { listen 8080; server_name www.example.com; location / { proxy_pass http://web; } }
}
"""
CONTEXTS = ("", "http { ", "http { server { location / { ", "upstream web { server 127.0.0.1:80; ", "stream { ")
# What includes find: a fragment, one that names others, itself and what is not there, and one that leads back to the main file.
INCLUDED = {
    "a.conf": "upstream inc { server 127.0.0.1:81; server 127.0.0.1:82 down; }\n",
    "b.conf": "include a.conf;\ninclude b.conf;\ninclude none.conf;\nproxy_set_header Host $host;\n",
    "c.conf": "include nginx.conf;\n}\n",
}


def _find(pattern: str, _: str) -> Found:
    if pattern == "*.conf":
        return sorted(INCLUDED.items())
    if pattern in INCLUDED:
        return [(pattern, INCLUDED[pattern])]
    return [] if "*" in pattern else f"there is no {pattern}"


def read(text: str, file: str = FILE) -> Topology:
    """The topology of one text together with what it includes."""
    assert unparse(parse(text, file)) == text, "unparse(parse(text)) is not the text"
    return lower(assemble(file, text, _find), (None, "1.22", "1.31")[len(text) % 3])


def recognised(text: str) -> bool:
    """Whether the text is taken for nginx's."""
    return recognise(text)


def words() -> Iterator[str]:
    """Directives and arguments that the reader or a rule asks for, and signs that mean something."""
    yield from """
        http{ events{ stream{ server{ upstream location map geo split_clients if limit_except types match resolver resolver_timeout include
        proxy_pass grpc_pass fastcgi_pass uwsgi_pass scgi_pass memcached_pass proxy_set_header proxy_next_upstream
        proxy_next_upstream_tries proxy_next_upstream_timeout proxy_connect_timeout proxy_read_timeout proxy_send_timeout proxy_buffering
        proxy_http_version proxy_ssl_verify proxy_ssl_name proxy_ssl_server_name proxy_ssl_trusted_certificate proxy_cache proxy_bind
        proxy_protocol proxy_timeout proxy_responses proxy_requests least_conn ip_hash hash random least_time sticky zone keepalive
        keepalive_requests keepalive_timeout keepalive_time queue ntlm state health_check server_name listen server_tokens stub_status api
        status allow deny auth_basic auth_request internal satisfy return rewrite set error_page real_ip_header set_real_ip_from
        worker_processes worker_connections worker_rlimit_nofile worker_shutdown_timeout multi_accept accept_mutex use client_body_timeout
        client_header_timeout send_timeout client_max_body_size ssl_certificate ssl_protocols log_format access_log error_log
        content_by_lua_block{ access_by_lua_block{ weight= max_fails= fail_timeout= max_conns= slow_start= backup down resolve service=
        route= drain two consistent cookie expires= domain= default_server reuseport backlog= ssl http2 proxy_protocol unix:/x.sock
        http://web https://web http://127.0.0.1:80 http://$host http://web/ http://unix:/x:/ grpc:// non_idempotent error timeout
        http_502 http_500 off on auto any all 127.0.0.1:80 [::1]:80 *:80 localhost a.conf b.conf c.conf *.conf $upstream $host $request_uri
        $remote_addr $binary_remote_addr ${host} ~* ~ = ^~ @named ~^(?<n>.+)$ 10s 5m 1d 0 1 -1 99999999999999999999 1k 8m ; { } {{ }} {%
        %} <% %> ' " \\ \\" # default hostnames volatile ranges --[[ ]] -- [=[ ]=]
    """.split()
    yield "# configuration file /etc/nginx/nginx.conf:\n"
    yield "# configuration file a.conf:\n"
    yield from ("\r\n", "\0", "\ufeff", "\t", "\x0b", "\x1c")
