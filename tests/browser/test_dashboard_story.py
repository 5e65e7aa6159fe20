"""The story of 10 November, told live by a page that stands open, on every product."""

import asyncio
from pathlib import Path

import pytest
from tests.browser.dashboard_story import story
from tests.debian import CHROMIUM, needs_package

from poise.lab.product import ProductName
from poise.lab.stack import PRODUCTS

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.long, pytest.mark.timeout(600)]


@pytest.mark.parametrize("product", list(PRODUCTS))
def test_one_sees_which_server_is_hot_and_that_it_is_over_without_a_reload(tmp_path: Path, product: ProductName) -> None:
    needs_package("chromium", CHROMIUM.exists())
    told = asyncio.run(story(product, tmp_path))
    print(f"{product}: hot after {told.hot_seconds:.1f} s, good again after {told.fixed_seconds:.1f} s")  # noqa: T201
    # Weights 256/1/1/1: 256 of 259 are 98.8 %. It is the first server, and it alone.
    (hot,) = told.hot
    assert f"{hot} gets" in told.headline
    assert float(told.shares["hot"][0].split()[0]) > 95 and max(float(s.split()[0]) for s in told.shares["hot"][1:]) < 3
    # Even before and after: of 800 requests of roundrobin a quarter, but for the ends of the ten seconds.
    for scene in ("even", "fixed"):
        assert all(abs(float(s.split()[0]) - 25.0) < 3.0 for s in told.shares[scene]), told.shares
    assert told.loads == 0 and told.said == []
