"""What poise sends is what a real Alertmanager takes."""

import asyncio
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alert_talk import alert
from receiving import Hook, free_port, hook, until

from poise.alerting.held import Held
from poise.alerting.identity import Identity
from poise.alerting.notification import Notification
from poise.model.receiver import TO_ALERTMANAGER, Receiver
from poise.notifiers.build import build

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(BINARY is None, reason="no Alertmanager here (Debian: apt-get install prometheus-alertmanager)"),
]


@contextmanager
def alertmanager(folder: Path, told: Hook) -> Iterator[str]:
    """One that tells `told` at once."""
    route = "{receiver: r, group_by: [alertname, component], group_wait: 10ms, group_interval: 100ms}"
    receivers = f"[{{name: r, webhook_configs: [{{url: '{told.url}', send_resolved: true}}]}}]"
    (folder / "am.yml").write_text(f"route: {route}\nreceivers: {receivers}\n")
    port = free_port()
    command = [
        str(BINARY),
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'am'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "am.log").open("wb") as log:
        process = subprocess.Popen([*command, "--cluster.listen-address="], stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def known(url: str) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=5) as answer:  # noqa: S310
            return json.load(answer)  # type: ignore[no-any-return]
    except OSError:
        return [{"not": "up"}]


def held(component: str, ended: datetime | None = None) -> Held:
    # Alertmanager goes by the real clock.
    since = datetime.now(UTC) - timedelta(minutes=3)
    one = replace(alert(component, "uneven_share"), since=since, fired=since, phase="firing" if ended is None else "resolved", ended=ended)
    return Held(Identity("lb1", "uneven_share", component), one, "web", "poise diagnose --live /etc/haproxy/haproxy.cfg")


def test_a_real_alertmanager_takes_alerts_and_their_ends(tmp_path: Path) -> None:
    async def story() -> None:
        with hook() as told, alertmanager(tmp_path, told) as url:
            heard = told.got
            await until(lambda: known(url) == [], "Alertmanager is up")
            notifier = build(Receiver("am", "alertmanager", url, timing=TO_ALERTMANAGER))
            now = datetime.now(UTC)
            hostile = 'pool we\x1bb "ü" \udcff\n不均'
            first = Notification("a" * 20, "am", (), "first", now, (held("pool web"), held(hostile)))
            await notifier.send(first)
            await notifier.send(first)  # twice is once
            found = {each["labels"]["component"]: each for each in known(url)}
            assert len(found) == 2 and 'pool we\\x1bb "ü" \\xff\\n不均' in found
            one = found["pool web"]
            assert one["labels"] == {
                "alertname": "PoiseUnevenShare",
                "component": "pool web",
                "instance": "lb1",
                "load_balancer": "lb1",
                "pool": "web",
                "severity": "page",
                "source": "poise",
            }
            assert one["annotations"]["explain"] == "poise explain uneven-weights" and one["annotations"]["summary"] == "pool web is wrong"
            assert one["generatorURL"] == "poise://lb1/uneven_share/pool%20web"
            lasts = datetime.fromisoformat(one["endsAt"]) - now
            assert timedelta(minutes=3, seconds=59) < lasts < timedelta(minutes=4, seconds=1)
            await until(lambda: any(m["status"] == "firing" for m in heard), "it tells its own receiver")
            over = Notification("b" * 20, "am", (), "resolved", datetime.now(UTC), (), (held("pool web", datetime.now(UTC)),))
            await notifier.send(over)
            await until(lambda: any(m["status"] == "resolved" for m in heard), "it hears of the end")
            assert [m["alerts"][0]["labels"]["component"] for m in heard if m["status"] == "resolved"] == ["pool web"]
            await notifier.send(replace(first, firing=(), more_firing=7, group=(("pool", "web"),)))
            (more,) = [each for each in known(url) if each["labels"]["alertname"] == "PoiseMoreAlerts"]
            assert more["annotations"]["summary"].startswith("7 more alerts") and more["labels"]["pool"] == "web"
            await notifier.send(Notification("c" * 20, "am", (), "test", datetime.now(UTC)))
            assert "PoiseTest" in {each["labels"]["alertname"] for each in known(url)}

    asyncio.run(story())
