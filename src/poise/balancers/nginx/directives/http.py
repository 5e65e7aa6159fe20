"""The directives of nginx's http modules, of nginx 1.22 and 1.31. Written by scripts/nginx_directives.py; see `directives/__init__.py` for the form."""

# ruff: noqa: E501
TABLE = """
absolute_redirect=hsl:1:f add_after_body=hsl:1:t add_before_body=hsl:1:t add_header=hslL:23 add_header_inherit=hslL:1:e(off|on|merge)
add_trailer=hslL:23 add_trailer_inherit=hslL:1:e(off|on|merge) addition_types=hsl:+ aio=hsl:1 aio_write=hsl:1:f alias=l:1
ancient_browser=hsl:+ ancient_browser_value=hsl:1 auth_basic=hslx:1 auth_basic_user_file=hslx:1 auth_delay=hsl:1:i auth_request=hsl:1
auth_request_set=hsl:2 autoindex=hsl:1:f autoindex_exact_size=hsl:1:f autoindex_format=hsl:1:e(html|json|jsonp|xml)
autoindex_localtime=hsl:1:f break=slSL:0 charset=hslL:1 charset_map=h:2{ charset_types=hsl:+ chunked_transfer_encoding=hsl:1:f
client_body_buffer_size=hsl:1:z client_body_in_file_only=hsl:1:e(off|on|clean) client_body_in_single_buffer=hsl:1:f
client_body_temp_path=hsl:1234 client_body_timeout=hsl:1:i client_header_buffer_size=hs:1:z client_header_timeout=hs:1:i
client_max_body_size=hsl:1:o connection_pool_size=hs:1:z create_full_put_path=hsl:1:f dav_access=hsl:123
dav_methods=hsl:+:k(off|put|delete|mkcol|copy|move) default_type=hsl:1:t directio=hsl:1 directio_alignment=hsl:1:o
disable_symlinks=hsl:12 early_hints=hsl:+ empty_gif=l:0 error_page=hslL:P etag=hsl:1:f expires=hslL:12 fastcgi_bind=hsl:12
fastcgi_buffer_size=hsl:1:z fastcgi_buffering=hsl:1:f fastcgi_buffers=hsl:2:b fastcgi_busy_buffers_size=hsl:1:z fastcgi_cache=hsl:1
fastcgi_cache_background_update=hsl:1:f fastcgi_cache_bypass=hsl:+ fastcgi_cache_key=hsl:1 fastcgi_cache_lock=hsl:1:f
fastcgi_cache_lock_age=hsl:1:i fastcgi_cache_lock_timeout=hsl:1:i fastcgi_cache_max_range_offset=hsl:1:o
fastcgi_cache_methods=hsl:+:k(GET|HEAD|POST) fastcgi_cache_min_uses=hsl:1:n fastcgi_cache_path=h:P fastcgi_cache_revalidate=hsl:1:f
fastcgi_cache_use_stale=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
fastcgi_cache_valid=hsl:+ fastcgi_catch_stderr=hsl:1 fastcgi_connect_timeout=hsl:1:i fastcgi_force_ranges=hsl:1:f
fastcgi_hide_header=hsl:1 fastcgi_ignore_client_abort=hsl:1:f
fastcgi_ignore_headers=hsl:+:k(X-Accel-Redirect|X-Accel-Expires|X-Accel-Limit-Rate|X-Accel-Buffering|X-Accel-Charset|Expires|Cache-Control|Set-Cookie|Vary)
fastcgi_index=hsl:1:t fastcgi_intercept_errors=hsl:1:f fastcgi_keep_conn=hsl:1:f fastcgi_limit_rate=hsl:1
fastcgi_max_temp_file_size=hsl:1:z
fastcgi_next_upstream=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
fastcgi_next_upstream_timeout=hsl:1:i fastcgi_next_upstream_tries=hsl:1:n fastcgi_no_cache=hsl:+ fastcgi_param=hsl:23 fastcgi_pass=lL:1
fastcgi_pass_header=hsl:1 fastcgi_pass_request_body=hsl:1:f fastcgi_pass_request_headers=hsl:1:f fastcgi_read_timeout=hsl:1:i
fastcgi_request_buffering=hsl:1:f fastcgi_send_lowat=hsl:1:z fastcgi_send_timeout=hsl:1:i fastcgi_socket_keepalive=hsl:1:f
fastcgi_socket_rcvbuf=hsl:1:z fastcgi_socket_sndbuf=hsl:1:z fastcgi_split_path_info=hsl:1 fastcgi_store=hsl:1
fastcgi_store_access=hsl:123 fastcgi_temp_file_write_size=hsl:1:z fastcgi_temp_path=hsl:1234 flv=l:0 geoip_proxy=h:1
geoip_proxy_recursive=h:1:f grpc_bind=hsl:12 grpc_buffer_size=hsl:1:z grpc_connect_timeout=hsl:1:i grpc_hide_header=hsl:1
grpc_ignore_headers=hsl:+:k(X-Accel-Redirect|X-Accel-Expires|X-Accel-Limit-Rate|X-Accel-Buffering|X-Accel-Charset|Expires|Cache-Control|Set-Cookie|Vary)
grpc_intercept_errors=hsl:1:f
grpc_next_upstream=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_502|http_503|http_504|http_403|http_404|http_429|off)
grpc_next_upstream_timeout=hsl:1:i grpc_next_upstream_tries=hsl:1:n grpc_pass=lL:1 grpc_pass_header=hsl:1 grpc_read_timeout=hsl:1:i
grpc_send_timeout=hsl:1:i grpc_set_header=hsl:2 grpc_socket_keepalive=hsl:1:f grpc_socket_rcvbuf=hsl:1:z grpc_socket_sndbuf=hsl:1:z
grpc_ssl_certificate=hsl:1 grpc_ssl_certificate_cache=hsl:123 grpc_ssl_certificate_key=hsl:1 grpc_ssl_ciphers=hsl:1:t
grpc_ssl_conf_command=hsl:2 grpc_ssl_crl=hsl:1:t grpc_ssl_name=hsl:1 grpc_ssl_password_file=hsl:1
grpc_ssl_protocols=hsl:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3) grpc_ssl_server_name=hsl:1:f grpc_ssl_session_reuse=hsl:1:f
grpc_ssl_trusted_certificate=hsl:1:t grpc_ssl_verify=hsl:1:f grpc_ssl_verify_depth=hsl:1:n gunzip=hsl:1:f gunzip_buffers=hsl:2:b
gzip=hslL:1:f gzip_buffers=hsl:2:b gzip_comp_level=hsl:1:n(1-9) gzip_disable=hsl:+ gzip_hash=hsl:1:z gzip_http_version=hsl:1:e(1.0|1.1)
gzip_min_length=hsl:1:z gzip_no_buffer=hsl:1:f
gzip_proxied=hsl:+:k(off|expired|no-cache|no-store|private|no_last_modified|no_etag|auth|any) gzip_static=hsl:1:e(off|on|always)
gzip_types=hsl:+ gzip_vary=hsl:1:f gzip_window=hsl:1:z http2=hs:1:f http2_body_preread_size=hs:1:z http2_chunk_size=hsl:1:z
http2_idle_timeout=hs:1 http2_max_concurrent_pushes=hs:1 http2_max_concurrent_streams=hs:1:n http2_max_field_size=hs:1
http2_max_header_size=hs:1 http2_max_requests=hs:1 http2_pool_size=hs:1:z http2_push=hsl:1 http2_push_preload=hsl:1
http2_recv_buffer_size=h:1:z http2_recv_timeout=hs:1 http2_streams_index_size=hs:1:n if=sl:+{
if_modified_since=hsl:1:e(off|exact|before) ignore_invalid_headers=hs:1:f image_filter=l:123 image_filter_buffer=hsl:1:z
image_filter_interlace=hsl:1:f image_filter_jpeg_quality=hsl:1 image_filter_sharpen=hsl:1 image_filter_transparency=hsl:1:f
image_filter_webp_quality=hsl:1 index=hsl:+ internal=l:0 ip_hash=u:0 js_body_filter=lLx:12 js_content=lLx:1 js_header_filter=lLx:1:t
keepalive=u:1;u:12 keepalive_disable=hsl:12:k(none|msie6|safari) keepalive_min_timeout=hsl:1:i keepalive_requests=hsl:1:n;u:1:n
keepalive_time=hsl:1:i;u:1:i keepalive_timeout=hsl:12;u:1:i large_client_header_buffers=hs:2:b limit_conn_status=hsl:1:n(400-599)
limit_except=l:+{ limit_rate=hslL:1 limit_rate_after=hslL:1 limit_req=hsl:123 limit_req_dry_run=hsl:1:f
limit_req_log_level=hsl:1:e(info|notice|warn|error) limit_req_status=hsl:1:n(400-599) limit_req_zone=h:3
lingering_close=hsl:1:e(off|on|always) lingering_time=hsl:1:i lingering_timeout=hsl:1:i location=sl:12{ log_not_found=hsl:1:f
log_subrequest=hsl:1:f max_headers=hs:1:n max_ranges=hsl:1:n memcached_bind=hsl:12 memcached_buffer_size=hsl:1:z
memcached_connect_timeout=hsl:1:i memcached_gzip_flag=hsl:1:n
memcached_next_upstream=hsl:+:k(error|timeout|invalid_response|not_found|off) memcached_next_upstream_timeout=hsl:1:i
memcached_next_upstream_tries=hsl:1:n memcached_pass=lL:1 memcached_read_timeout=hsl:1:i memcached_send_timeout=hsl:1:i
memcached_socket_keepalive=hsl:1:f merge_slashes=hs:1:f min_delete_depth=hsl:1:n mirror=hsl:1 mirror_request_body=hsl:1:f
modern_browser=hsl:12 modern_browser_value=hsl:1 mp4=l:0 mp4_buffer_size=hsl:1:z mp4_max_buffer_size=hsl:1:z mp4_start_key_frame=hsl:1:f
msie_padding=hsl:1:f msie_refresh=hsl:1:f open_file_cache=hsl:12 open_file_cache_errors=hsl:1:f open_file_cache_events=hsl:1:f
open_file_cache_min_uses=hsl:1:n open_file_cache_valid=hsl:1:c output_buffers=hsl:2:b override_charset=hslL:1:f perl=lx:1
perl_modules=h:1 perl_require=h:1 perl_set=h:2 port_in_redirect=hsl:1:f post_action=hslL:1:t postpone_gzipping=hsl:1:z
postpone_output=hsl:1:z proxy_buffering=hsl:1:f proxy_buffers=hsl:2:b proxy_busy_buffers_size=hsl:1:z proxy_cache=hsl:1
proxy_cache_background_update=hsl:1:f proxy_cache_bypass=hsl:+ proxy_cache_convert_head=hsl:1:f proxy_cache_key=hsl:1
proxy_cache_lock=hsl:1:f proxy_cache_lock_age=hsl:1:i proxy_cache_lock_timeout=hsl:1:i proxy_cache_max_range_offset=hsl:1:o
proxy_cache_methods=hsl:+:k(GET|HEAD|POST) proxy_cache_min_uses=hsl:1:n proxy_cache_path=h:P proxy_cache_revalidate=hsl:1:f
proxy_cache_use_stale=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_502|http_503|http_504|http_403|http_404|http_429|updating|off)
proxy_cache_valid=hsl:+ proxy_cookie_domain=hsl:12 proxy_cookie_flags=hsl:1234 proxy_cookie_path=hsl:12 proxy_force_ranges=hsl:1:f
proxy_headers_hash_bucket_size=hsl:1:n proxy_headers_hash_max_size=hsl:1:n proxy_hide_header=hsl:1 proxy_http_version=hsl:1:e(1.0|1.1|2)
proxy_ignore_client_abort=hsl:1:f
proxy_ignore_headers=hsl:+:k(X-Accel-Redirect|X-Accel-Expires|X-Accel-Limit-Rate|X-Accel-Buffering|X-Accel-Charset|Expires|Cache-Control|Set-Cookie|Vary)
proxy_intercept_errors=hsl:1:f proxy_limit_rate=hsl:1 proxy_max_temp_file_size=hsl:1:z proxy_method=hsl:1 proxy_no_cache=hsl:+
proxy_pass_header=hsl:1 proxy_pass_request_body=hsl:1:f proxy_pass_request_headers=hsl:1:f proxy_pass_trailers=hsl:1:f
proxy_read_timeout=hsl:1:i proxy_redirect=hsl:12 proxy_request_buffering=hsl:1:f proxy_send_lowat=hsl:1:z proxy_send_timeout=hsl:1:i
proxy_set_body=hsl:1:t proxy_set_header=hsl:2 proxy_store=hsl:1 proxy_store_access=hsl:123 proxy_temp_file_write_size=hsl:1:z
proxy_temp_path=hsl:1234 random_index=l:1:f read_ahead=hsl:1:z real_ip_header=hsl:1 real_ip_recursive=hsl:1:f
recursive_error_pages=hsl:1:f referer_hash_bucket_size=sl:1:n referer_hash_max_size=sl:1:n request_pool_size=hs:1:z
reset_timedout_connection=hsl:1:f rewrite=slSL:23 rewrite_log=hslSL:1:f root=hslL:1 satisfy=hsl:1:e(all|any) scgi_bind=hsl:12
scgi_buffer_size=hsl:1:z scgi_buffering=hsl:1:f scgi_buffers=hsl:2:b scgi_busy_buffers_size=hsl:1:z scgi_cache=hsl:1
scgi_cache_background_update=hsl:1:f scgi_cache_bypass=hsl:+ scgi_cache_key=hsl:1 scgi_cache_lock=hsl:1:f scgi_cache_lock_age=hsl:1:i
scgi_cache_lock_timeout=hsl:1:i scgi_cache_max_range_offset=hsl:1:o scgi_cache_methods=hsl:+:k(GET|HEAD|POST)
scgi_cache_min_uses=hsl:1:n scgi_cache_path=h:P scgi_cache_revalidate=hsl:1:f
scgi_cache_use_stale=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
scgi_cache_valid=hsl:+ scgi_connect_timeout=hsl:1:i scgi_force_ranges=hsl:1:f scgi_hide_header=hsl:1 scgi_ignore_client_abort=hsl:1:f
scgi_ignore_headers=hsl:+:k(X-Accel-Redirect|X-Accel-Expires|X-Accel-Limit-Rate|X-Accel-Buffering|X-Accel-Charset|Expires|Cache-Control|Set-Cookie|Vary)
scgi_intercept_errors=hsl:1:f scgi_limit_rate=hsl:1 scgi_max_temp_file_size=hsl:1:z
scgi_next_upstream=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
scgi_next_upstream_timeout=hsl:1:i scgi_next_upstream_tries=hsl:1:n scgi_no_cache=hsl:+ scgi_param=hsl:23 scgi_pass=lL:1
scgi_pass_header=hsl:1 scgi_pass_request_body=hsl:1:f scgi_pass_request_headers=hsl:1:f scgi_read_timeout=hsl:1:i
scgi_request_buffering=hsl:1:f scgi_send_timeout=hsl:1:i scgi_socket_keepalive=hsl:1:f scgi_socket_rcvbuf=hsl:1:z
scgi_socket_sndbuf=hsl:1:z scgi_store=hsl:1 scgi_store_access=hsl:123 scgi_temp_file_write_size=hsl:1:z scgi_temp_path=hsl:1234
secure_link=hsl:1 secure_link_md5=hsl:1 secure_link_secret=hsl:1:t send_lowat=hsl:1:z send_timeout=hsl:1:i sendfile=hslL:1:f
sendfile_max_chunk=hsl:1:z server_name_in_redirect=hsl:1:f server_tokens=hsl:1:e(off|on|build) slice=hsl:1:z source_charset=hslL:1
ssi=hslL:1:f ssi_ignore_recycled_buffers=hsl:1:f ssi_last_modified=hsl:1:f ssi_min_file_chunk=hsl:1:z ssi_silent_errors=hsl:1:f
ssi_types=hsl:+ ssi_value_length=hsl:1:z ssl_buffer_size=hs:1:z ssl_early_data=hs:1:f sticky=u:P stub_status=sl:01 sub_filter=hsl:2
sub_filter_last_modified=hsl:1:f sub_filter_once=hsl:1:f sub_filter_types=hsl:+ subrequest_output_buffer_size=hsl:1:z tcp_nopush=hsl:1:f
try_files=sl:P tunnel_bind=hsl:12 tunnel_buffer_size=hsl:1:z tunnel_connect_timeout=hsl:1:i
tunnel_next_upstream=hsl:+:k(error|timeout|off) tunnel_next_upstream_timeout=hsl:1:i tunnel_next_upstream_tries=hsl:1:n
tunnel_pass=slL:01 tunnel_read_timeout=hsl:1:i tunnel_send_lowat=hsl:1:z tunnel_send_timeout=hsl:1:i tunnel_socket_keepalive=hsl:1:f
tunnel_socket_rcvbuf=hsl:1:z tunnel_socket_sndbuf=hsl:1:z types=hsl:0{ types_hash_bucket_size=hsl:1:n types_hash_max_size=hsl:1:n
underscores_in_headers=hs:1:f uninitialized_variable_warn=hslSL:1:f userid=hsl:1:e(off|log|v1|on) userid_domain=hsl:1:t
userid_expires=hsl:1 userid_flags=hsl:123:k(off|secure|httponly) userid_mark=hsl:1 userid_name=hsl:1:t userid_p3p=hsl:1:t
userid_path=hsl:1:t userid_service=hsl:1:n uwsgi_bind=hsl:12 uwsgi_buffer_size=hsl:1:z uwsgi_buffering=hsl:1:f uwsgi_buffers=hsl:2:b
uwsgi_busy_buffers_size=hsl:1:z uwsgi_cache=hsl:1 uwsgi_cache_background_update=hsl:1:f uwsgi_cache_bypass=hsl:+ uwsgi_cache_key=hsl:1
uwsgi_cache_lock=hsl:1:f uwsgi_cache_lock_age=hsl:1:i uwsgi_cache_lock_timeout=hsl:1:i uwsgi_cache_max_range_offset=hsl:1:o
uwsgi_cache_methods=hsl:+:k(GET|HEAD|POST) uwsgi_cache_min_uses=hsl:1:n uwsgi_cache_path=h:P uwsgi_cache_revalidate=hsl:1:f
uwsgi_cache_use_stale=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
uwsgi_cache_valid=hsl:+ uwsgi_connect_timeout=hsl:1:i uwsgi_force_ranges=hsl:1:f uwsgi_hide_header=hsl:1
uwsgi_ignore_client_abort=hsl:1:f
uwsgi_ignore_headers=hsl:+:k(X-Accel-Redirect|X-Accel-Expires|X-Accel-Limit-Rate|X-Accel-Buffering|X-Accel-Charset|Expires|Cache-Control|Set-Cookie|Vary)
uwsgi_intercept_errors=hsl:1:f uwsgi_limit_rate=hsl:1 uwsgi_max_temp_file_size=hsl:1:z uwsgi_modifier1=hsl:1:n(0-255)
uwsgi_modifier2=hsl:1:n(0-255)
uwsgi_next_upstream=hsl:+:k(error|timeout|invalid_header|non_idempotent|http_500|http_503|http_403|http_404|http_429|updating|off)
uwsgi_next_upstream_timeout=hsl:1:i uwsgi_next_upstream_tries=hsl:1:n uwsgi_no_cache=hsl:+ uwsgi_param=hsl:23 uwsgi_pass=lL:1
uwsgi_pass_header=hsl:1 uwsgi_pass_request_body=hsl:1:f uwsgi_pass_request_headers=hsl:1:f uwsgi_read_timeout=hsl:1:i
uwsgi_request_buffering=hsl:1:f uwsgi_send_timeout=hsl:1:i uwsgi_socket_keepalive=hsl:1:f uwsgi_socket_rcvbuf=hsl:1:z
uwsgi_socket_sndbuf=hsl:1:z uwsgi_ssl_certificate=hsl:1 uwsgi_ssl_certificate_cache=hsl:123 uwsgi_ssl_certificate_key=hsl:1
uwsgi_ssl_ciphers=hsl:1:t uwsgi_ssl_conf_command=hsl:2 uwsgi_ssl_crl=hsl:1:t uwsgi_ssl_name=hsl:1 uwsgi_ssl_password_file=hsl:1
uwsgi_ssl_protocols=hsl:+:k(SSLv2|SSLv3|TLSv1|TLSv1.1|TLSv1.2|TLSv1.3) uwsgi_ssl_server_name=hsl:1:f uwsgi_ssl_session_reuse=hsl:1:f
uwsgi_ssl_trusted_certificate=hsl:1:t uwsgi_ssl_verify=hsl:1:f uwsgi_ssl_verify_depth=hsl:1:n uwsgi_store=hsl:1
uwsgi_store_access=hsl:123 uwsgi_string=hsl:1:t uwsgi_temp_file_write_size=hsl:1:z uwsgi_temp_path=hsl:1234 valid_referers=sl:+
xml_entities=hsl:1 xslt_last_modified=hsl:1:f xslt_param=hsl:2 xslt_string_param=hsl:2 xslt_stylesheet=l:+ xslt_types=hsl:+
"""
