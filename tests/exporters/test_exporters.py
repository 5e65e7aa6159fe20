"""What exporters tell, in the words of recordings. Names are those that HAProxy 2.8 and Envoy 1.40 gave, and the exporters' own pages."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from poise.exporters import EXPORTERS
from poise.exporters.imported import Imported, imported
from poise.exporters.metric import added, mean
from poise.exporters.range_query import read
from poise.model.needs import Needs, Watch, WatchedDatabase, WatchedServer
from poise.model.series import Series

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC).timestamp()
Rows = Sequence[tuple[str, Mapping[str, str], Sequence[float | str]]]


def answer(rows: Rows) -> str:
    """As /api/v1/query_range gives them, 15 s apart."""
    result = [
        {
            "metric": {"__name__": name, "instance": "lb:8404", "job": "edge", **labels},
            "values": [[START + 15 * i, str(v)] for i, v in enumerate(vs)],
        }
        for name, labels, vs in rows
    ]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def read_rows(rows: Rows, needs: Needs | None = None) -> Imported:
    return imported(read(answer(rows), "saved.json").series, needs or Needs())


def values(found: Imported, component: str, metric: str, of: str = "lb:8404") -> list[float]:
    return [float(v) for v in found.windows[of].get(component, metric).values]


APP1 = {"proxy": "web", "server": "app1"}


def test_haproxys_servers_pools_listeners_and_process() -> None:
    found = read_rows(
        [
            ("haproxy_server_sessions_total", APP1, [10, 40]),
            ("haproxy_server_http_responses_total", {**APP1, "code": "5xx"}, [1, 2]),
            ("haproxy_server_http_responses_total", {**APP1, "code": "2xx"}, [9, 38]),
            ("haproxy_server_uweight", APP1, [3, 3]),
            ("haproxy_server_response_time_average_seconds", APP1, [0.25, 0.5]),
            ("haproxy_server_status", {**APP1, "state": "UP"}, [1, 0]),
            ("haproxy_server_status", {**APP1, "state": "DRAIN"}, [0, 1]),
            ("haproxy_server_status", {**APP1, "state": "MAINT"}, [0, 0]),
            ("haproxy_server_check_status", {**APP1, "state": "L4CON"}, [0, 1]),
            ("haproxy_server_check_status", {**APP1, "state": "L4TOUT"}, [0, 0]),
            ("haproxy_server_limit_sessions", APP1, ["NaN", "NaN"]),
            ("haproxy_backend_current_queue", {"proxy": "web"}, [0, 7]),
            ("haproxy_backend_active_servers", {"proxy": "web"}, [3, 2]),
            ("haproxy_backend_backup_servers", {"proxy": "web"}, [1, 1]),
            ("haproxy_frontend_current_sessions", {"proxy": "http"}, [5, 6]),
            ("haproxy_process_max_connections", {}, [4000, 4000]),
        ]
    )
    assert values(found, "web/app1", "requests_total") == [10, 40]
    assert values(found, "web/app1", "responses_5xx_total") == [1, 2]
    assert values(found, "web/app1", "weight") == [3, 3]
    assert values(found, "web/app1", "response_ms") == [250, 500]
    assert values(found, "web/app1", "up") == [1, 1]  # a drained server is up
    assert (values(found, "web/app1", "drain"), values(found, "web/app1", "maintenance")) == ([0, 1], [0, 0])
    assert values(found, "web/app1", "check_refused") == [0, 1]
    assert values(found, "web/app1", "maxconn") == []
    assert (values(found, "web", "queue"), values(found, "web", "servers_up")) == ([0, 7], [4, 3])
    assert values(found, "http", "sessions") == [5, 6]
    assert values(found, "lb1", "session_limit") == [4000, 4000]
    stack = found.windows["lb:8404"].stack
    assert stack.downstream("web") == ("web/app1",)
    assert {c.name: c.kind for c in stack.components}["lb1"] == "load-balancer"


def test_haproxys_status_before_2_4_is_a_number() -> None:
    found = read_rows([("haproxy_server_status", APP1, [0, 1, 2, 3, 4])])
    assert values(found, "web/app1", "up") == [0, 1, 0, 1, 1]
    assert values(found, "web/app1", "maintenance") == [0, 0, 1, 0, 0]
    assert values(found, "web/app1", "drain") == [0, 0, 0, 1, 0]


def test_a_listen_section_is_pool_and_listener() -> None:
    found = read_rows(
        [("haproxy_backend_current_queue", {"proxy": "all"}, [1]), ("haproxy_frontend_current_sessions", {"proxy": "all"}, [2])]
    )
    assert (values(found, "all", "queue"), values(found, "all listener", "sessions")) == ([1], [2])


def test_envoys_endpoints_and_clusters() -> None:
    endpoint = {"envoy_cluster_name": "web", "envoy_endpoint_address": "10.0.0.1:80"}
    cluster = {"envoy_cluster_name": "web"}
    found = read_rows(
        [
            ("envoy_cluster_endpoint_rq_total", endpoint, [3, 30]),
            ("envoy_cluster_endpoint_healthy", endpoint, [1, 0]),
            ("envoy_cluster_upstream_rq_xx", {**cluster, "envoy_response_code_class": "2"}, [3, 20]),
            ("envoy_cluster_upstream_rq_xx", {**cluster, "envoy_response_code_class": "5"}, [0, 10]),
            ("envoy_cluster_upstream_rq_time_sum", cluster, [100, 400]),
            ("envoy_cluster_upstream_rq_time_count", cluster, [10, 20]),
        ]
    )
    assert values(found, "web/10.0.0.1:80", "requests_total") == [3, 30]
    assert values(found, "web/10.0.0.1:80", "up") == [1, 0]
    assert (values(found, "web", "requests_total"), values(found, "web", "responses_5xx_total")) == ([3, 30], [0, 10])
    assert values(found, "web", "response_ms") == [30]


def test_nginx_plus_vts_and_stub_status() -> None:
    plus, vts = {"upstream": "web", "server": "10.0.0.1:80"}, {"upstream": "web", "backend": "10.0.0.2:80"}
    found = read_rows(
        [
            ("nginxplus_upstream_server_state", plus, [1, 2, 3, 4]),
            ("nginxplus_upstream_server_requests", plus, [5]),
            ("nginx_vts_upstream_requests_total", {**vts, "code": "total"}, [10, 20]),
            ("nginx_vts_upstream_requests_total", {**vts, "code": "5xx"}, [1, 2]),
            ("nginx_vts_upstream_response_msecs_total", vts, [100, 600]),
            ("nginx_connections_active", {}, [12]),
        ]
    )
    assert values(found, "web/10.0.0.1:80", "up") == [1, 1, 0, 0]
    assert (values(found, "web/10.0.0.1:80", "drain"), values(found, "web/10.0.0.1:80", "maintenance")) == ([0, 1, 0, 0], [0, 0, 1, 0])
    assert values(found, "web/10.0.0.2:80", "requests_total") == [10, 20]
    assert values(found, "web/10.0.0.2:80", "response_ms") == [50]
    assert values(found, "lb1", "sessions") == [12]


def test_a_database_is_its_server_whatever_the_sessions() -> None:
    rows: Rows = [
        ("pg_stat_activity_count", {"datname": "shop", "state": "active", "wait_event_type": "Lock"}, [0, 4]),
        ("pg_stat_activity_count", {"datname": "shop", "state": "active", "wait_event_type": ""}, [2, 1]),
        ("pg_stat_activity_count", {"datname": "shop", "state": "idle", "wait_event_type": "Client"}, [10, 6]),
        ("pg_settings_max_connections", {}, [100, 100]),
        ("pg_stat_statements_seconds_total", {"queryid": "1"}, [1.0, 1.5]),
        ("pg_stat_statements_seconds_total", {"queryid": "2"}, [2.0, 2.5]),
        ("pg_stat_statements_calls_total", {"queryid": "1"}, [10, 15]),
        ("pg_stat_statements_calls_total", {"queryid": "2"}, [10, 15]),
    ]
    needs = Needs(watch=Watch(database={"main": WatchedDatabase()}))
    found = read_rows(rows, needs)
    assert (values(found, "main", "connections", ""), values(found, "main", "active", "")) == ([12, 11], [2, 5])
    assert values(found, "main", "lock_waits", "") == [0, 4]
    assert values(found, "main", "statement_ms", "") == [100]
    assert any("nothing of a load balancer" in c.reason for c in found.could_not)
    # An exporter that does not tell what sessions wait for has not seen that none waits.
    old = read_rows([("pg_stat_activity_count", {"state": "active"}, [2])])
    assert values(old, "lb:8404", "lock_waits", "") == []


def test_hosts_clients_applications_and_poises_own_page() -> None:
    watched = {"web/app1": WatchedServer(metrics="http://u:pw@lb:8404/metrics")}
    found = read_rows(
        [
            ("node_cpu_seconds_total", {"cpu": "0", "mode": "idle"}, [100, 106]),
            ("node_cpu_seconds_total", {"cpu": "0", "mode": "user"}, [50, 59]),
            ("node_memory_MemAvailable_bytes", {}, [25, 50]),
            ("node_memory_MemTotal_bytes", {}, [100, 100]),
            ("probe_success", {}, [1, 0]),
            ("probe_duration_seconds", {}, [0.1, 5]),
            ("app_in_flight", {}, [3, 4]),
            ("app_response_seconds_sum", {}, [1, 3]),
            ("app_response_seconds_count", {}, [10, 20]),
            ("poise_server_requests_total", {"load_balancer": "edge", "pool": "web", "server": "app1"}, [7, 8]),
            ("poise_server_serving", {"load_balancer": "edge", "pool": "web", "server": "app1"}, [1, 1]),
        ],
        Needs(watch=Watch(server=watched)),
    )
    assert values(found, "lb:8404", "cpu_ratio", "edge") == [pytest.approx(0.6)]
    assert values(found, "lb:8404", "memory_ratio", "edge") == [0.75, 0.5]
    assert (values(found, "client", "success_ratio", "edge"), values(found, "client", "p99_ms", "edge")) == ([1, 0], [100, 5000])
    assert (values(found, "app1", "in_flight", "edge"), values(found, "app1", "response_ms", "edge")) == ([3, 4], [200])
    assert values(found, "web/app1", "requests_total", "edge") == [7, 8]
    assert ("web/app1", "app1") in found.windows["edge"].stack.edges


def test_two_load_balancers_are_a_window_each_with_what_stands_beside_both() -> None:
    found = read_rows(
        [
            ("haproxy_server_sessions_total", APP1, [1, 2]),
            ("haproxy_server_sessions_total", {**APP1, "instance": "lb2:8404"}, [5, 6]),
            ("pg_settings_max_connections", {"instance": "db:9187"}, [100, 100]),
        ]
    )
    assert list(found.windows) == ["lb:8404", "lb2:8404"]
    assert values(found, "web/app1", "requests_total", "lb2:8404") == [5, 6]
    assert all(values(found, "db:9187", "connection_limit", of) == [100, 100] for of in found.windows)


def test_a_series_in_several_answers_is_one() -> None:
    first = read(answer([("haproxy_server_sessions_total", APP1, [1, 2])]), "a").series
    second = read(answer([("haproxy_server_sessions_total", APP1, [1, 2, 3])]), "b").series
    assert values(imported((*first, *second), Needs()), "web/app1", "requests_total") == [1, 2, 3]


def test_what_is_not_read_is_said() -> None:
    found = read_rows(
        [("haproxy_server_sessions_total", APP1, [1]), ("kube_pod_info", {}, [1]), ("up", {}, [1]), ("go_goroutines", {}, [9])]
    )
    assert [c.reason for c in found.could_not] == ["not read, for poise has no use for them or does not know their exporter: kube_pod_info"]


def test_alerts_of_prometheus_are_events_once_each_time_they_fire() -> None:
    firing = {"alertname": "High\x1b[31mErrors", "alertstate": "firing", "sev\x1b[2Jerity": "page"}
    result = [{"metric": {"__name__": "ALERTS", **firing}, "values": [[START + s, "1"] for s in (0, 15, 30, 300, 315)]}]
    text = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})
    rows = (*read(text, "a").series, *read(answer([("haproxy_server_sessions_total", APP1, [1])]), "b").series)
    events = imported(rows, Needs()).windows["lb:8404"].events
    assert [e.at.timestamp() - START for e in events] == [0, 300]
    assert events[0].text == "firing: High[31mErrors (sev[2Jerity=page)"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"status":"error","errorType":"bad_data","error":"\\u001b[2Jerror"}', "answered with an error (bad_data: [2Jerror)"),
        ('{"status":"success","data":{"resultType":"vector","result":[]}}', "its result is a vector, not a matrix"),
        ('{"status":"success","data":{"resultType":"matrix","result":7}}', "not a matrix"),
        ("[1, null]", "it is no answer of Prometheus"),
        ('{"warnings":7,"data":{"resultType":"scalar"}}', "its result is a scalar, not a matrix"),
        ('{"data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}', "not for rate() or sum() of it"),
        ('{"data":{"resultType":"matrix","result":[{"metric":{"__name__":"x"},"values":[[1],{}]}]}}', "without a name or without samples"),
    ],
)  # fmt: skip
def test_what_is_no_range_is_told(text: str, word: str) -> None:
    found = read(text, "saved.json")
    assert found.series == ()
    assert word in " ".join(c.reason for c in found.could_not)
    assert "\x1b" not in repr([c.reason for c in found.could_not]).replace("\\x1b", "\x1b")


def test_nan_infinite_missing_and_disordered_samples_are_no_figures() -> None:
    pairs: list[object] = [[3, "4"], [1, "2"], [2, "NaN"], [4, "+Inf"], ["x", "1"], [1e300, "1"], [5, "-Inf"], [6], "no", [1, "9"]]
    text = json.dumps({"data": {"resultType": "matrix", "result": [{"metric": {"__name__": "m"}, "values": pairs}]}})
    (one,) = read(text, "a").series
    assert (one.series.seconds.tolist(), one.series.values.tolist()) == ([1, 3], [2, 4])


def test_one_answer_a_line_is_read() -> None:
    lines = "\n".join(answer([("haproxy_server_sessions_total", {"proxy": "web", "server": s}, [1])]) for s in ("a", "b"))
    assert len(read(lines, "a").series) == 2


def test_hostile_labels_are_one_visible_line_without_passwords() -> None:
    found = read_rows([("haproxy_server_sessions_total", {"proxy": "we\x1b]0;b\n\u202eb", "server": "http://u:secret@h" + "x" * 999}, [1])])
    (name,) = [c.name for c in found.windows["lb:8404"].stack.of_kind("server")]
    assert name.startswith("we]0;b b/http://u:***@h")
    assert len(name) < 250


def test_sums_and_means_by_arithmetic() -> None:
    def series(*pairs: tuple[float, float]) -> Series:
        return read(
            json.dumps({"data": {"resultType": "matrix", "result": [{"metric": {"__name__": "m"}, "values": pairs}]}}), "a"
        ).series[0].series  # fmt: skip

    total = added([series((1, 1), (2, 2)), series((2, 10), (3, 20))])
    assert (total.seconds.tolist(), total.values.tolist()) == ([1, 2, 3], [1, 12, 20])
    # 100 more in 10 more; nothing counted; a reset.
    got = mean(series((1, 0), (2, 100), (3, 100), (4, 5)), series((1, 0), (2, 10), (3, 10), (4, 1)))
    assert (got.seconds.tolist(), got.values.tolist()) == ([2], [10])


def test_every_name_that_is_asked_for_is_read_by_one_exporter() -> None:
    names = [name for exporter in EXPORTERS for name in exporter.metrics]
    assert len(names) == len(set(names))
    assert all(sum(e.knows(name) for e in EXPORTERS) == 1 for name in names)
    assert EXPORTERS[5].selector('job="x"').endswith(').+",job="x"}')
