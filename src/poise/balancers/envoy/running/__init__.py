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


| metric of a pool | what it is |
|---|---|
| `requests_total`, `responses_5xx_total` | what clients got, be it Envoy's own answer; `tries_total` is what servers got |
| `queue`, `queue_limit`, `requests_refused_total` | requests that wait for a connection, how many may, and those beyond |
| `limit`, `connection_limit`, `retry_limit` | circuit breakers; `…_breaker_open` is 1 while one refuses, `…_remaining` if tracked |
| `panic`, `panic_total` | whether so few are healthy that all are used (by health and the file's threshold); choices that Envoy made so |
| `first_priority_ratio` | of pools with several priorities, what the first gets: 0 where the others serve alone |
| `servers`, `servers_up`, `servers_ejected` … | members, healthy ones, those that outlier detection took out |
| `servers_missing`, `servers_unfiled` | of a pool that a file names whole: those that do not run, those that run beside it |
| `discovery_failing_seconds`, `discovery_age_seconds` | how long discovery has only failed; how old what it last brought is |
| `file_differences` | settings that run otherwise than the file has them; of listeners and of the whole process too |
| `response_p50_ms`, `response_p99_ms` | of the last 5 s |

Of the process: `control_plane_connected`, `pools_…` and `listeners_…` (cds, lds), `routes_discovery_failing_seconds`, `certificate_days`.
"""
