"""The forecast of nginx's pools, from its own text to the needs."""

import pytest

from poise.balance.diff import diff
from poise.balance.forecast import forecast
from poise.model.forecast import PoolForecast
from poise.model.needs import Needs, PoolNeeds
from poise.reading.read_nginx import topologies


def made(upstream: str, needs: PoolNeeds | None = None) -> PoolForecast:
    text = f"upstream web {{\n{upstream}\n}}\nserver {{\nlisten 80;\nlocation / {{\nproxy_pass http://web;\n}}\n}}\n"
    found = forecast(topologies([("nginx.conf", text)]), Needs(pool={"web": needs} if needs else {}))
    assert found.could_not == ()
    (pool,) = found.pools
    return pool


THREE = "zone web 64k;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80;\nserver 10.0.0.3:80;"


def test_shares_and_losses() -> None:
    pool = made("zone web 64k;\nserver 10.0.0.1:80 weight=5;\nserver 10.0.0.2:80;\nserver 10.0.0.3:80 backup;")
    assert (pool.algorithm, pool.basis) == ("roundrobin", "exact")
    assert pool.shares() == pytest.approx({"10.0.0.1:80": 5 / 6, "10.0.0.2:80": 1 / 6, "10.0.0.3:80": 0.0})
    lost = {loss.lost: {s.server: s.share for s in loss.servers} for loss in pool.without}
    assert lost["10.0.0.1:80",] == {"10.0.0.2:80": 1.0, "10.0.0.3:80": 0.0}
    # One request in 1500, as nginx deals in turn.
    assert [s.error for s in pool.servers][:2] == pytest.approx([1 / 1500, 1 / 1500])


def test_the_backup_takes_over_when_no_primary_is_left() -> None:
    pool = made("server 10.0.0.1:80;\nserver 10.0.0.2:80 backup;\nserver 10.0.0.3:80 backup;")
    (loss,) = [loss for loss in pool.without if loss.lost == ("10.0.0.1:80",)]
    assert [s.share for s in loss.servers] == [0.5, 0.5]


def test_a_peak_over_the_limits_is_a_need_that_is_not_met() -> None:
    # 1200 × 0.04 s = 48 at once; two servers of 32 survive nothing: 48 on one of 32 is 150 %.
    needs = PoolNeeds(survive=1, peak_requests_per_second=1200, service_time_ms=40, concurrency_per_server=32)
    pool = made("zone web 64k;\nserver 10.0.0.1:80;\nserver 10.0.0.2:80;", needs)
    assert [s.utilisation for s in pool.servers] == pytest.approx([0.75, 0.75])
    assert {n.need: n.met for n in pool.needs} == {"peak_requests_per_second": True, "survive": False}
    assert {n.need: n.met for n in made(THREE, needs).needs} == {"peak_requests_per_second": True, "survive": True}


@pytest.mark.parametrize(
    ("method", "met", "words"),
    [
        ("ip_hash;", True, "ip_hash binds"),
        ("hash $cookie_id consistent;", True, "hash $cookie_id binds"),
        ("hash constant;", False, "nothing binds"),
        ("least_conn;", False, "nothing binds"),
    ],
)
def test_stickiness_is_asked_in_nginx_words(method: str, met: bool, words: str) -> None:
    (check,) = made(f"{method}\n{THREE}", PoolNeeds(sticky=True)).needs
    assert (check.met, check.detail[: len(words)]) == (met, words)


def test_one_client_address_is_one_server() -> None:
    pool = made(f"ip_hash;\n{THREE}", PoolNeeds(clients_behind_nat=True, max_share=0.5))
    (check,) = pool.needs
    assert not check.met
    assert "ip_hash" in check.detail
    assert all(s.error > 0.4 for s in pool.servers)


def test_a_change_is_followed_by_address() -> None:
    texts = [f"upstream web {{\nzone web 64k;\nserver 10.0.0.1:80 weight={w};\nserver 10.0.0.2:80;\n}}\n" for w in (1, 3)]
    (change,) = diff(*(topologies([("nginx.conf", text)]) for text in texts), Needs())
    # 1/2 → 3/4.
    assert change.share_moved == pytest.approx(0.25)
