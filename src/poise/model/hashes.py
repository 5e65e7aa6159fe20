"""Algorithms that choose a server by a hash of something in the request, by product, in each product's own words."""

HAPROXY_HASHES = ("source", "uri", "url_param", "hdr", "hash", "rdp-cookie")
NGINX_HASHES = ("ip_hash", "hash")
ENVOY_HASHES = ("RING_HASH", "MAGLEV")
