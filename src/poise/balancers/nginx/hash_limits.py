"""What bounds nginx's hashes (ngx_http_upstream_hash_module.c, ngx_http_upstream_ip_hash_module.c)."""

# How often a server is looked for that can serve; then nginx deals in turn. On a ring each try is a point.
MOST_TRIES = 21
# How many values the hashes without a ring have: bits 16 to 30 of a checksum, and remainders of a prime.
HASH_VALUES, IP_HASH_VALUES = 32_768, 6271
POINTS_PER_WEIGHT = 160
# The weight of all servers together up to which poise computes a ring: 1.6 million points, more than any real pool has.
HEAVIEST_RING = 10_000
