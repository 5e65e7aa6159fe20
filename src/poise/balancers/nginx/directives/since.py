"""From which version on a directive, a context or a word exists, and until which it existed.

Source: the CHANGES of nginx up to 1.31.6 and the directives' pages on nginx.org. Older news than 1.13 are left out.
"""

# By directive, or by directive and context's letter where only that is new.
SINCE: dict[str | tuple[str, str], tuple[int, int, int]] = {
    "http2": (1, 25, 1),
    "early_hints": (1, 29, 0),
    "keepalive_min_timeout": (1, 27, 4),
    "add_header_inherit": (1, 29, 3),
    "add_trailer_inherit": (1, 29, 3),
    "ssl_object_cache_inheritable": (1, 27, 4),
    "ssl_certificate_cache": (1, 27, 4),
    "proxy_ssl_certificate_cache": (1, 27, 4),
    "grpc_ssl_certificate_cache": (1, 27, 4),
    "uwsgi_ssl_certificate_cache": (1, 27, 4),
    "ssl_ech_file": (1, 29, 4),
    "ssl_certificate_compression": (1, 29, 1),
    "proxy_pass_trailers": (1, 27, 2),
    "least_time": (1, 31, 0),
    "sticky": (1, 29, 6),
    "pass": (1, 25, 5),
    "max_headers": (1, 29, 8),
    "json_set": (1, 31, 5),
    "json_max_depth": (1, 31, 5),
    "client_body_early_read": (1, 31, 5),
    "xml_external_entities": (1, 31, 3),
    ("resolver", "u"): (1, 27, 3),
    ("resolver", "w"): (1, 27, 3),
    ("resolver_timeout", "u"): (1, 27, 3),
    ("resolver_timeout", "w"): (1, 27, 3),
    ("server_name", "v"): (1, 25, 5),
    ("server_names_hash_max_size", "t"): (1, 25, 5),
    ("server_names_hash_bucket_size", "t"): (1, 25, 5),
    ("ssl_reject_handshake", "t"): (1, 25, 5),
    ("ssl_reject_handshake", "v"): (1, 25, 5),
    ("proxy_ssl_alpn", "t"): (1, 31, 0),
    ("proxy_ssl_alpn", "v"): (1, 31, 0),
    "ssl_alpn": (1, 21, 4),
    "proxy_half_close": (1, 21, 4),
    "mp4_start_key_frame": (1, 21, 4),
    "max_errors": (1, 21, 0),
    "keepalive_time": (1, 19, 10),
    "ssl_conf_command": (1, 19, 4),
    "proxy_ssl_conf_command": (1, 19, 4),
    "grpc_ssl_conf_command": (1, 19, 4),
    "uwsgi_ssl_conf_command": (1, 19, 4),
    ("ssl_reject_handshake", "h"): (1, 19, 4),
    ("ssl_reject_handshake", "s"): (1, 19, 4),
    "proxy_smtp_auth": (1, 19, 4),
    ("set", "v"): (1, 19, 3),
    "proxy_cookie_flags": (1, 19, 3),
    "userid_flags": (1, 19, 3),
    "subrequest_output_buffer_size": (1, 13, 10),
    **dict.fromkeys(("http3", "http3_hq", "http3_max_concurrent_streams", "http3_stream_buffer_size"), (1, 25, 0)),
    **dict.fromkeys(("quic_active_connection_id_limit", "quic_bpf", "quic_gso", "quic_host_key", "quic_retry"), (1, 25, 0)),
    **dict.fromkeys([(f"ssl_ocsp{end}", letter) for end in ("", "_responder", "_cache") for letter in "tv"], (1, 27, 2)),
    **dict.fromkeys([(f"ssl_stapling{end}", letter) for end in ("", "_file", "_responder", "_verify") for letter in "tv"], (1, 27, 2)),
    **dict.fromkeys(
        [f"{way}_socket_{end}" for way in ("proxy", "fastcgi", "grpc", "scgi", "uwsgi") for end in ("sndbuf", "rcvbuf")], (1, 31, 3)
    ),
}
# Every directive that begins so.
SINCE_BEGINNING: dict[str, tuple[int, int, int]] = {"tunnel_": (1, 31, 0)}

# Words of a directive: parameters, and values of an enumeration.
WORDS_SINCE: dict[tuple[str, str], tuple[int, int, int]] = {
    ("proxy_http_version", "2"): (1, 29, 4),
    ("keepalive", "local"): (1, 29, 7),
    ("listen", "quic"): (1, 25, 0),
    ("listen", "multipath"): (1, 29, 7),
}
# The same for `server` lines of upstream blocks, in nginx's open-source version: nginx Plus had them before.
SERVER_WORDS_SINCE: dict[str, tuple[int, int, int]] = {
    "resolve": (1, 27, 3),
    "service": (1, 27, 3),
    "route": (1, 29, 6),
    "drain": (1, 29, 6),
}
# What later versions refuse: the first that does.
UNTIL: dict[str | tuple[str, str], tuple[int, int, int]] = {
    ("ssl", "h"): (1, 25, 1),
    ("ssl", "s"): (1, 25, 1),
    ("ssl", "q"): (1, 25, 1),
    ("ssl", "r"): (1, 25, 1),
}
# Only nginx Plus has these; they are read, as the file may be meant for it, unless a version of the open-source nginx is named.
COMMERCIAL = frozenset(
    (
        *(
            "api",
            "status",
            "status_format",
            "status_zone",
            "upstream_conf",
            "health_check",
            "health_check_timeout",
            "match",
            "queue",
            "ntlm",
        ),
        *("state", "sticky_cookie_insert", "session_log_format", "session_log_zone", "session_log", "f4f", "f4f_buffer_size", "num_map"),
        *("mp4_limit_rate", "mp4_limit_rate_after", "auth_jwt_key_cache", "auth_jwt_type", "auth_require", "internal_redirect", "mqtt"),
        *("oidc_provider", "auth_oidc", "mgmt", "proxy_session_drop", "zone_sync", "mqtt_preread", "mqtt_set_connect"),
    )
)
