"""The statistics page as a source: found in the configuration, with less than a socket tells, and that is said."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running_haproxy import free_port, running

from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.runtime_api import command
from poise.balancers.haproxy.scrape import Scraper
from poise.balancers.haproxy.stats_page import pages
from poise.balancers.haproxy.syntax import parse
from poise.model.topology import Topology

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PAGE = """
frontend stats
    bind *:{port}
    stats enable
    stats auth watcher:geheim
"""


def of(text: str) -> Topology:
    return lower([parse(text, "haproxy.cfg")])


def test_pages_are_found_as_the_file_sets_them_up():
    text = """
frontend a
    bind *:8404
    stats enable
frontend b
    bind [::1]:8405 ssl crt x.pem
    bind /run/x.sock
    stats uri /st
listen c
    bind 10.0.0.1:80
    stats uri /a?b
frontend none
    bind :9000
"""
    assert pages(of(text)) == ("http://127.0.0.1:8404/haproxy?stats", "https://[::1]:8405/st", "http://10.0.0.1:80/a?b")


@pytest.mark.live
@pytest.mark.binary
def test_a_page_tells_shares_weights_in_effect_and_what_it_cannot(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        async with running(tmp_path, servers=3, more=PAGE.format(port=port)) as lab:
            socket = lab.topology.control_sockets[0].address
            await command(socket, "set server web/app1 weight 200; set server web/app2 state maint; set server web/app3 state drain")
            assert await lab.get(4) == [200] * 4
            text = lab.config.read_text()
            without = of("\n".join(line for line in text.split("\n") if "stats socket" not in line))
            scrape = await Scraper(without, credentials="watcher:geheim").scrape(NOW)
            seen = scrape.figures()
            assert seen["web/app1", "requests_total"] == 4
            told = ("weight", "file_weight", "maintenance", "drain")
            assert [tuple(seen[f"web/app{n}", metric] for metric in told) for n in (1, 2, 3)] == [
                (200, 1, 0, 0),
                (1, 1, 1, 0),
                (1, 1, 0, 1),
            ]
            assert ("web/app1", "loaded_weight") not in seen
            assert [could_not.what for could_not in scrape.could_not] == [f"http://127.0.0.1:{port}/haproxy"]
            assert "edited and not reloaded" in scrape.could_not[0].reason
            assert scrape.answer_bytes > 0
            # Without the password, and with one that is wrong.
            for credentials in (None, "watcher:falsch"):
                refused = await Scraper(without, credentials=credentials).scrape(NOW)
                assert refused.figures() == {}
                assert "asks for a password" in refused.could_not[0].reason
                assert "falsch" not in repr(refused)
            # A socket that cannot be read leaves the page, and is told beside it.
            gone = of(text.replace(f"{tmp_path}/admin.sock", f"{tmp_path}/gone.sock"))
            both = await Scraper(gone, credentials="watcher:geheim").scrape(NOW)
            assert both.figures()["web/app1", "requests_total"] == 4
            assert "does not exist" in both.could_not[0].reason
            # The traffic's own address is no statistics page.
            other = await Scraper(without, stats_url=f"http://127.0.0.1:{lab.port}/", timeout=timedelta(seconds=5)).scrape(NOW)
            assert "no statistics" in other.could_not[0].reason

    asyncio.run(story())
