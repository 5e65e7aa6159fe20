"""Directives of nginx Plus, and of modules that are built only on request and stand in no binary that was read.

Written by hand from nginx.org/en/docs (alphabetical index of directives and the modules' pages); the form is that of the other tables.
Where a page does not fix how many arguments there are, any number passes.
"""

TABLE = """
api=l:01 status=l:0 status_format=l:12 status_zone=sl:1;v:1;L:1 upstream_conf=l:0 stub_status=sl:01
health_check=l:*;v:* health_check_timeout=tv:1 match=h:1{;t:1{ queue=u:12 ntlm=u:0 state=u:1;w:1 sticky=u:P sticky_cookie_insert=u:+
session_log_format=h:P session_log_zone=h:+ session_log=hsl:1 f4f=l:0 f4f_buffer_size=hsl:1 hls=l:0 hls_buffers=hsl:2
hls_forward_args=hsl:1 hls_fragment=hsl:1 hls_mp4_buffer_size=hsl:1 hls_mp4_max_buffer_size=hsl:1 mp4_limit_rate=hsl:1
mp4_limit_rate_after=hsl:1 auth_jwt_key_cache=hsl:1 auth_jwt_type=hsl:1 auth_require=hslx:+ internal_redirect=sl:1
keyval=h:3;t:3 keyval_zone=h:+;t:+ num_map=h:2{;t:2{ oidc_provider=h:1{ auth_oidc=hsl:1 mgmt=m:0{
proxy_request_dynamic=hsl:1 proxy_bind_dynamic=hsl:1 proxy_allow_upstream=hsl:+ fastcgi_bind_dynamic=hsl:1 fastcgi_allow_upstream=hsl:+
fastcgi_request_dynamic=hsl:1 uwsgi_bind_dynamic=hsl:1 uwsgi_allow_upstream=hsl:+ uwsgi_request_dynamic=hsl:1 scgi_bind_dynamic=hsl:1
scgi_allow_upstream=hsl:+ scgi_request_dynamic=hsl:1 grpc_bind_dynamic=hsl:1 grpc_allow_upstream=hsl:+ grpc_request_dynamic=hsl:1
memcached_bind_dynamic=hsl:1 memcached_allow_upstream=hsl:+ tunnel_bind_dynamic=hsl:1 tunnel_allow_upstream=hsl:+ proxy_session_drop=tv:1
zone_sync=v:0 zone_sync_buffers=tv:2 zone_sync_connect_retry_interval=tv:1 zone_sync_connect_timeout=tv:1 zone_sync_interval=tv:1
zone_sync_recv_buffer_size=tv:1 zone_sync_server=v:12 zone_sync_ssl=tv:1 zone_sync_ssl_certificate=tv:1 zone_sync_ssl_certificate_key=tv:1
zone_sync_ssl_ciphers=tv:1 zone_sync_ssl_conf_command=tv:2 zone_sync_ssl_crl=tv:1 zone_sync_ssl_name=tv:1 zone_sync_ssl_password_file=tv:1
zone_sync_ssl_protocols=tv:+ zone_sync_ssl_server_name=tv:1 zone_sync_ssl_trusted_certificate=tv:1 zone_sync_ssl_verify=tv:1
zone_sync_ssl_verify_depth=tv:1 zone_sync_timeout=tv:1 mqtt=tv:1 mqtt_preread=tv:1 mqtt_set_connect=tv:2 mqtt_buffers=tv:2
mqtt_rewrite_buffer_size=tv:1 http3=hs:1 http3_hq=hs:1 http3_max_concurrent_streams=hs:1 http3_stream_buffer_size=hs:1
http3_max_table_capacity=hs:1 http3_push=hsl:1 http3_push_preload=hsl:1 http3_max_blocked_streams=hs:1 http3_max_concurrent_pushes=hs:1
quic_active_connection_id_limit=hs:1 quic_bpf=m:1 quic_gso=hs:1 quic_host_key=hs:1 quic_retry=hs:1 quic_mtu=hs:1
quic_stream_buffer_size=hs:1 json_set=h:3 json_max_depth=h:1 client_body_early_read=hsl:1 xml_external_entities=hsl:1
google_perftools_profiles=m:1 degradation=h:1 degrade=hsl:1 perl=lx:1 otel_exporter=h:0{ otel_trace=hsl:1 otel_trace_context=hsl:1
otel_span_name=hsl:1 otel_span_attr=hsl:2 otel_service_name=h:1 otel_resource_attr=h:2 acme_issuer=h:1{ acme_shared_zone=h:1
acme_certificate=s:+ spdy_chunk_size=hsl:1 spdy_headers_comp=hs:1 max_headers=hs:1
"""
