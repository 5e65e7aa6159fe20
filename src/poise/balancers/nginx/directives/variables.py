"""The variables that nginx has of its own, in http and in stream. Names that end in `_` stand for all that begin so.

Source: the ngx_http_variable_t and ngx_stream_variable_t of nginx 1.22 and 1.31 and Debian's modules; nginx.org's index of variables for
those of modules that were not read.
"""

_BOTH = """
binary_remote_addr bytes_received bytes_sent connection hostname limit_conn_status msec nginx_version pid proxy_protocol_addr
proxy_protocol_port proxy_protocol_server_addr proxy_protocol_server_port proxy_protocol_tlv_ realip_remote_addr realip_remote_port
remote_addr remote_port server_addr server_name server_port status time_iso8601 time_local upstream_addr upstream_bytes_received
upstream_bytes_sent upstream_connect_time upstream_last_addr upstream_last_server_name geoip_ geoip2_ otel_ js_ tcpinfo_rcv_space
tcpinfo_rtt tcpinfo_rttvar tcpinfo_snd_cwnd ssl_alpn_protocol ssl_cipher ssl_ciphers ssl_client_cert ssl_client_escaped_cert
ssl_client_fingerprint ssl_client_i_dn ssl_client_i_dn_legacy ssl_client_raw_cert ssl_client_s_dn ssl_client_s_dn_legacy
ssl_client_serial ssl_client_sigalg ssl_client_v_end ssl_client_v_remain ssl_client_v_start ssl_client_verify ssl_curve ssl_curves
ssl_early_data ssl_ech_outer_server_name ssl_ech_status ssl_protocol ssl_server_name ssl_session_id ssl_session_reused ssl_sigalg
ssl_sigalgs
"""
_HTTP = """
acme_ ancient_browser arg_ args body_bytes_sent connection_requests connection_time connections_ content_length content_type cookie_
date_gmt date_local document_root document_uri echo_ fastcgi_path_info fastcgi_script_name gzip_ratio host http2 http3 http_ https
invalid_referer is_args is_request_port jwt_ limit_rate limit_req_status memc_ modern_browser msie nchan_ oidc_ pipe
proxy_add_x_forwarded_for proxy_host proxy_port query_string quic realpath_root regex remote_user request request_ scheme secure_link
secure_link_expires sent_http_ sent_trailer_ server_protocol session_log_id slice_range spdy spdy_request_priority srcache_ uid_got
uid_reset uid_set upload_ uploadprogress_ upstream_cache_ upstream_cookie_ upstream_header_time upstream_http_ upstream_queue_time
upstream_response_length upstream_response_time upstream_status upstream_trailer_ uri proxy_internal_ grpc_internal_trailers
"""
_STREAM = """
protocol session_time ssl_preread_alpn_protocols ssl_preread_protocol ssl_preread_server_name upstream_first_byte_time
upstream_session_time mqtt_
"""
# A configuration may set these anew; nginx refuses it for all others that have a name of their own.
CHANGEABLE = frozenset(("args", "limit_rate", "ancient_browser", "modern_browser", "msie", "proxy_host", "proxy_port"))


def _split(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    names = text.split()
    return frozenset(name for name in names if not name.endswith("_")), tuple(name for name in names if name.endswith("_"))


HTTP = _split(_BOTH + _HTTP)
STREAM = _split(_BOTH + _STREAM)


def is_fixed(name: str, stream: bool) -> bool:
    """Whether nginx has a variable of exactly that name which no directive may define."""
    return name in (STREAM if stream else HTTP)[0] and name not in CHANGEABLE and not name.startswith("ssl_")


def is_variable(name: str, stream: bool) -> bool:
    """Whether nginx has a variable of that name (lower case, without `$`) in http, or in stream."""
    names, beginnings = STREAM if stream else HTTP
    return name in names or name.startswith(beginnings) or name.isdigit()
