"""What a running Envoy says of itself, as metrics of components: its endpoints, its counters, its configuration. All pure.

| metric of a server | what Envoy counts (measured with 1.40, retries on and off) |
|---|---|
| `requests_total` | `rq_total`: attempts that got a connection; a refused connection is none |
| `responses_5xx_total` | `rq_error`: each attempt that failed, by a 5xx, a timeout, a reset or no connection |
| `timeouts_total` | `rq_timeout`, of a try or of the whole request |
| `connection_errors_total` | `cx_connect_fail` |
| `queue` | `rq_pending_active`: requests that wait for a connection to this host |
| `up` | neither the active check nor outlier detection nor discovery took it out; in panic it may get traffic all the same |
| `health_failed`, `ejected`, `declared_unhealthy`, `degraded`, `drain`, `excluded`, `removing` | which of them did |

A pool's figures are those of `cluster.NAME.*` and count what clients got (`upstream_rq_5xx`), not attempts.
"""
