"""Directives of widely used third-party modules whose binaries were not read, by name or by the beginning of the name.

They pass wherever they stand and whatever they hold: which version of the module is there is not known. Source: the modules' READMEs.
"""

_BEGINNINGS = """
vhost_traffic_status server_traffic_status stream_server_traffic_status pagespeed passenger_ opentracing opentelemetry zipkin
datadog_ vod_ push_stream_ app_protect_ zstd redis2_ redis_ postgres_ drizzle_ rds_json rds_csv xss_ iconv_ form_input
set_form_input encrypted_session_ set_encrypt_session set_decrypt_session array_ testcookie upload_ dyups_ upsync check_ healthcheck_ lua_
brotli unbrotli naxsi_ security_headers cookie_flag slowfs_ sysguard trim_ concat_ footer_filter jaeger_ wasm_ ajp_ auth_ldap
ldap_ auth_gss auth_spnego auth_digest ts_ eval_ doh_ prometheus_ influxdb_ kafka_ mruby_ ip2location_ ip2proxy_ jdomain
secure_token_ aws_ strip_filter length_hiding limit_upstream limit_traffic_ dynamic_limit_ ssl_ct ct_ delay_ statsd_ graphite_
sflow log_sqlite log_zmq replace_filter sass_ untar_ zip_ vhost_ cors_ limit_speed gunzip_for tcp_ websocket_ modsecurity_ nchan_
"""
BEGINNINGS = tuple(_BEGINNINGS.split())
NAMES = frozenset(
    (
        *("check", "jvm_route", "consistent_hash", "session_sticky", "session_sticky_hide_cookie", "dynamic_resolve", "fair", "immutable"),
        *("BasicRule", "MainRule", "CheckRule", "LearningMode", "SecRulesEnabled", "SecRulesDisabled", "DeniedUrl", "LibInjectionSql"),
        *("LibInjectionXss", "IgnoreIP", "IgnoreCIDR", "ModSecurityEnabled", "ModSecurityConfig", "hide_server_tokens", "aes", "bloom"),
        *("otel_exporter", "load_balancer", "upstream_show", "proxy_connect", "proxy_connect_allow", "proxy_connect_connect_timeout"),
        *("proxy_connect_address", "proxy_connect_data_timeout", "proxy_connect_read_timeout", "proxy_connect_send_timeout", "quic_lb"),
    )
)


def is_third_party(name: str) -> bool:
    """Whether the directive belongs to a module of a third party that is known by name only."""
    return name in NAMES or name.startswith(BEGINNINGS) or "_by_lua" in name
