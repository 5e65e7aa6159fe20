"""One rule, one file: rules/<theme>/<name>.py. Pure."""

from poise.rules.registry import Registry

HAPROXY, NGINX, ENVOY = ("haproxy",), ("nginx",), ("envoy",)

# Every rule that runs, in the order of the pages: its folder, its name (the file's, with dashes) and the products that it is asked about,
# the same as in its Rule. A rule that is not here does not exist. Only the rules of the products that were read are imported.
RULES = Registry(
    ("distribution", "uneven-weights", HAPROXY + NGINX),
    ("distribution", "backups-without-allbackups", HAPROXY),
    ("distribution", "balance-factor-ignored", HAPROXY),
    ("distribution", "duplicate-address", HAPROXY + NGINX),
    ("distribution", "first-without-maxconn", HAPROXY),
    ("distribution", "hash-in-tcp-mode", HAPROXY),
    ("distribution", "hash-map-based", HAPROXY + NGINX),
    ("distribution", "max-share-exceeded", HAPROXY + NGINX),
    ("distribution", "most-servers-backup", HAPROXY + NGINX),
    ("distribution", "most-servers-disabled", HAPROXY + NGINX),
    ("distribution", "single-server", HAPROXY + NGINX),
    ("distribution", "source-behind-nat", HAPROXY + NGINX),
    ("distribution", "use-server-pins", HAPROXY),
    ("distribution", "zero-weight", HAPROXY),
    ("health", "check-elsewhere", HAPROXY),
    ("health", "default-server-after-servers", HAPROXY),
    ("health", "httpchk-without-check", HAPROXY),
    ("health", "name-resolved-once", HAPROXY + NGINX),
    ("health", "nervous-check", HAPROXY),
    ("health", "partly-checked", HAPROXY),
    ("health", "server-without-check", HAPROXY),
    ("health", "slow-check", HAPROXY),
    ("health", "slowstart-without-effect", HAPROXY),
    ("health", "tcp-check-for-http", HAPROXY),
    ("capacity", "frontend-maxconn-over-global", HAPROXY),
    ("capacity", "loss-overloads", HAPROXY + NGINX),
    ("capacity", "odd-maxconn", HAPROXY + NGINX),
    ("timeouts", "missing-timeouts", HAPROXY),
    ("timeouts", "queue-timeout-over-client", HAPROXY),
    ("exposure", "control-socket-open", HAPROXY),
    ("exposure", "stats-open", HAPROXY + NGINX),
    ("exposure", "unverified-server-tls", HAPROXY + NGINX),
    ("retries", "no-redispatch", HAPROXY),
    ("retries", "retry-amplification", HAPROXY + NGINX),
    ("retries", "retry-duplicates", HAPROXY + NGINX),
    ("stickiness", "cookie-duplicate", HAPROXY),
    ("stickiness", "cookie-partial", HAPROXY),
)
