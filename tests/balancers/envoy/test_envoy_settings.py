"""Look-ups in settings: the same answer from the reader's own mapping as from a plain one that holds what it holds."""

import pytest

from poise.balancers.envoy.settings import Settings, ending, entries, has, message
from poise.model.topology import Pool
from poise.reading.read_envoy import topologies as read_envoy

TEXT = """\
static_resources:
  clusters:
  - name: web
    connectTimeout: 1s
    health_checks:
    - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 2, tcp_health_check: {}}
    - {timeout: 2s, interval: 6s, unhealthy_threshold: 3, healthy_threshold: 2, tcp_health_check: {}}
    load_balancing_policy:
      policies:
      - typed_extension_config:
          name: ring
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash
            minimum_ring_size: 64
            locality_weighted_lb_config: {}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {max_concurrent_streams: 9}}
"""
EXTENSION = "load_balancing_policy.policies.0.typed_extension_config.typed_config"
HTTP = "typed_extension_protocol_options[envoy.extensions.upstreams.http.v3.HttpProtocolOptions]"


@pytest.fixture(scope="module")
def pool() -> Pool:
    (topology,) = read_envoy([("envoy.yaml", TEXT)])
    return topology.pools[0]


@pytest.mark.parametrize("plain", [False, True])
def test_look_ups(pool: Pool, plain: bool) -> None:
    options = dict(pool.options) if plain else pool.options
    assert isinstance(options, Settings) is not plain
    assert [has(options, path) for path in ("health_checks", "health_checks.1", "health_checks.2", HTTP, "connect_timeout")] == [
        True, True, False, True, True,
    ]  # fmt: skip
    assert entries(options, "health_checks") == ("health_checks.0", "health_checks.1")
    assert entries(options, "health") == entries(options, "nothing") == ()
    assert ending(options, "minimum_ring_size") == f"{EXTENSION}.minimum_ring_size"
    assert ending(options, "http2_protocol_options.max_concurrent_streams") == (
        f"{HTTP}.explicit_http_config.http2_protocol_options.max_concurrent_streams"
    )
    # A word's end is no word, a message no value, and the path itself comes first.
    assert ending(options, "ring_size") is ending(options, "explicit_http_config") is None
    assert ending(options, "connect_timeout") == "connect_timeout"
    assert message(options, "locality_weighted_lb_config") == f"{EXTENSION}.locality_weighted_lb_config"
    assert message(options, "common_lb_config") is None


def test_values(pool: Pool) -> None:
    assert pool.options.get("connect_timeout") == pool.options["connect_timeout"] == "1s"
    assert pool.options.get("nothing") is None
    assert pool.options.get("nothing", "5s") == "5s"
    check = ("timeout", "interval", "unhealthy_threshold", "healthy_threshold", "tcp_health_check")
    checks = {f"health_checks.{at}.{key}" for at in (0, 1) for key in check}
    written = {path: value for path, value in pool.options.items() if "[" not in path and not path.startswith("load_balancing_policy")}
    assert written.keys() == {"name", "connect_timeout", *checks}
    assert [written[f"health_checks.{at}.{key}"] for at in (0, 1) for key in check] == ["1s", "5s", "3", "2", "", "2s", "6s", "3", "2", ""]
    assert list(pool.options) == list(dict(pool.options)) and len(pool.options) == len(list(pool.options))
    with pytest.raises(KeyError):
        pool.options["nothing"]
