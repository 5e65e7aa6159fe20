"""The directives of nginx's core, event, stream and mail modules, and those of http that share their names. Written by scripts/nginx_directives.py; see `directives/__init__.py` for the form."""

# ruff: noqa: E501
TABLE = """
accept_mutex=e:1:f accept_mutex_delay=e:1:i access_log=hslLx:+;tv:+ allow=hslx:1;tv:1 auth_http=qr:1 auth_http_header=qr:2
auth_http_pass_client_cert=qr:1:f auth_http_timeout=qr:1:i daemon=m:1:f debug_connection=e:1 debug_points=m:1:e(stop|abort)
deny=hslx:1;tv:1 env=m:1 epoll_events=e:1:n error_log=m:+;hsl:+;qr:+;tv:+ events=m:0{ geo=h:12{;t:12{ geoip_city=h:12;t:12
geoip_country=h:12;t:12 geoip_org=h:12;t:12 hash=u:12;w:12 http=m:0{ imap_auth=qr:+:k(plain|login|cram-md5|external)
imap_capabilities=qr:+ imap_client_buffer=qr:1:z include=X:1 js_access=tv:1:t;lLx:1 js_context_reuse=hsl:1:z;tv:1:z
js_context_reuse_max_size=hsl:1:z;tv:1:z js_engine=hsl:1;tv:+ js_fetch_buffer_size=hsl:1:z;tv:1:z js_fetch_ciphers=hsl:1:t;tv:1:t
js_fetch_keepalive=hsl:1:n;tv:1:n js_fetch_keepalive_requests=hsl:1:n;tv:1:n js_fetch_keepalive_time=hsl:1:i;tv:1:i
js_fetch_keepalive_timeout=hsl:1:i;tv:1:i js_fetch_max_response_buffer_size=hsl:1:z;tv:1:z
js_fetch_protocols=hsl:+:k(TLSv1|TLSv1.1|TLSv1.2|TLSv1.3);tv:+:k(TLSv1|TLSv1.1|TLSv1.2|TLSv1.3) js_fetch_proxy=hsl:1;tv:1
js_fetch_timeout=hsl:1:i;tv:1:i js_fetch_trusted_certificate=hsl:1:t;tv:1:t js_fetch_verify=hsl:1:f;tv:1:f
js_fetch_verify_depth=hsl:1:n;tv:1:n js_filter=tv:1:t js_import=hsl:13;tv:13 js_load_http_native_module=m:13
js_load_stream_native_module=m:13 js_path=hsl:1;tv:1 js_periodic=l:*;v:* js_preload_object=hsl:13;tv:13 js_preread=tv:1:t
js_set=hsl:2;tv:2;hsl:23;tv:23 js_shared_dict_zone=h:+;t:+ js_var=hsl:12;tv:12 least_conn=u:0;w:0 least_time=u:12;w:12
limit_conn=hsl:2;tv:2 limit_conn_dry_run=hsl:1:f;tv:1:f
limit_conn_log_level=hsl:1:e(info|notice|warn|error);tv:1:e(info|notice|warn|error) limit_conn_zone=h:2;t:2 listen=s:+;r:+;v:+
load_module=m:1 lock_file=m:1:t log_format=h:P;t:P mail=m:0{ map=h:2{;t:2{ map_hash_bucket_size=h:1:n;t:1:n
map_hash_max_size=h:1:n;t:1:n master_process=m:1:f max_errors=qr:1:n multi_accept=e:1:f open_log_file_cache=hsl:1234;tv:1234 pass=v:1
pcre_jit=m:1:f pid=m:1:t pop3_auth=qr:+:k(plain|apop|cram-md5|external) pop3_capabilities=qr:+ preread_buffer_size=tv:1:z
preread_timeout=tv:1:i protocol=r:1 proxy=qr:1:f proxy_bind=hsl:12;tv:12 proxy_buffer=qr:1:z proxy_buffer_size=hsl:1:z;tv:1:z
proxy_connect_timeout=hsl:1:i;tv:1:i proxy_download_rate=tv:1 proxy_downstream_buffer=tv:1:z proxy_half_close=tv:1:f
proxy_next_upstream=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_502|http_503|http_504|http_403|http_404|http_429|updating|off);tv:1:f
proxy_next_upstream_timeout=hsl:1:i;tv:1:i proxy_next_upstream_tries=hsl:1:n;tv:1:n proxy_pass=lLx:1;v:1 proxy_pass_error_message=qr:1:f
proxy_protocol=qr:1:f;tv:1:f proxy_protocol_timeout=tv:1:i proxy_requests=tv:1:n proxy_responses=tv:1:n proxy_smtp_auth=qr:1:f
proxy_socket_keepalive=hsl:1:f;tv:1:f proxy_socket_rcvbuf=hsl:1:z;tv:1:z proxy_socket_sndbuf=hsl:1:z;tv:1:z proxy_ssl=tv:1:f
proxy_ssl_alpn=tv:+ proxy_ssl_certificate=hsl:1;tv:1 proxy_ssl_certificate_cache=hsl:123;tv:123 proxy_ssl_certificate_key=hsl:1;tv:1
proxy_ssl_ciphers=hsl:1:t;tv:1:t proxy_ssl_conf_command=hsl:2;tv:2 proxy_ssl_crl=hsl:1:t;tv:1:t proxy_ssl_name=hsl:1;tv:1
proxy_ssl_password_file=hsl:1;tv:1
proxy_ssl_protocols=hsl:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3);tv:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3)
proxy_ssl_server_name=hsl:1:f;tv:1:f proxy_ssl_session_reuse=hsl:1:f;tv:1:f proxy_ssl_trusted_certificate=hsl:1:t;tv:1:t
proxy_ssl_verify=hsl:1:f;tv:1:f proxy_ssl_verify_depth=hsl:1:n;tv:1:n proxy_timeout=qr:1:i;tv:1:i proxy_upload_rate=tv:1
proxy_upstream_buffer=tv:1:z random=u:012;w:012 resolver=hsl:+;qr:+;tv:+;u:+;w:+ resolver_timeout=hsl:1:i;qr:1:i;tv:1:i;u:1:i;w:1:i
return=slSL:12;v:1 server=h:0{;u:+;q:0{;t:0{;w:+ server_name=s:+;qr:1:t;v:+ server_names_hash_bucket_size=h:1:n;t:1:n
server_names_hash_max_size=h:1:n;t:1:n set=slSL:2;v:2 set_real_ip_from=hsl:1;qr:1;tv:1
smtp_auth=qr:+:k(plain|login|cram-md5|external|none) smtp_capabilities=qr:+ smtp_client_buffer=qr:1:z smtp_greeting_delay=qr:1:i
split_clients=h:2{;t:2{ ssl=hs:1;qr:1 ssl_alpn=tv:+ ssl_certificate=hs:1;qr:1;tv:1 ssl_certificate_cache=hs:123;tv:123
ssl_certificate_compression=hs:1:f;tv:1:f ssl_certificate_key=hs:1;qr:1;tv:1 ssl_ciphers=hs:1:t;qr:1:t;tv:1:t
ssl_client_certificate=hs:1:t;qr:1:t;tv:1:t ssl_conf_command=hs:2;qr:2;tv:2 ssl_crl=hs:1:t;qr:1:t;tv:1:t
ssl_dhparam=hs:1:t;qr:1:t;tv:1:t ssl_ecdh_curve=hs:1:t;qr:1:t;tv:1:t ssl_ech_file=hs:1;tv:1 ssl_engine=m:1 ssl_handshake_timeout=tv:1:i
ssl_object_cache_inheritable=m:1:f ssl_ocsp=hs:1:e(off|on|leaf);tv:1:e(off|on|leaf) ssl_ocsp_cache=hs:1;tv:1
ssl_ocsp_responder=hs:1:t;tv:1:t ssl_password_file=hs:1;qr:1;tv:1 ssl_prefer_server_ciphers=hs:1:f;qr:1:f;tv:1:f ssl_preread=tv:1:f
ssl_protocols=hs:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3);qr:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3);tv:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3)
ssl_reject_handshake=hs:1:f;tv:1:f ssl_session_cache=hs:12;qr:12;tv:12 ssl_session_ticket_key=hs:1;qr:1;tv:1
ssl_session_tickets=hs:1:f;qr:1:f;tv:1:f ssl_session_timeout=hs:1:c;qr:1:c;tv:1:c ssl_stapling=hs:1:f;tv:1:f
ssl_stapling_file=hs:1:t;tv:1:t ssl_stapling_responder=hs:1:t;tv:1:t ssl_stapling_verify=hs:1:f;tv:1:f
ssl_trusted_certificate=hs:1:t;qr:1:t;tv:1:t
ssl_verify_client=hs:1:e(off|on|optional|optional_no_ca);qr:1:e(off|on|optional|optional_no_ca);tv:1:e(off|on|optional|optional_no_ca)
ssl_verify_depth=hs:1:n;qr:1:n;tv:1:n starttls=qr:1 stream=m:0{ tcp_nodelay=hsl:1:f;tv:1:f thread_pool=m:23 timeout=qr:1:i
timer_resolution=m:1:i upstream=h:1{;t:1{ use=e:1 user=m:12 variables_hash_bucket_size=h:1:n;t:1:n variables_hash_max_size=h:1:n;t:1:n
worker_aio_requests=e:1:n worker_connections=e:1 worker_cpu_affinity=m:+ worker_priority=m:1 worker_processes=m:1
worker_rlimit_core=m:1:o worker_rlimit_nofile=m:1:n worker_shutdown_timeout=m:1:i working_directory=m:1:t xclient=qr:1:f zone=u:12;w:12
"""
