"""`poise watch --metrics PORT`: what is watched, for the Prometheus of this machine."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from poise.app.dashboard_ports import HOST
from poise.daemon.watcher import Tick

TOKEN_FILE = "metrics.token"  # noqa: S105 - its name, not what is in it


@asynccontextmanager
async def metrics_page(port: int | None, folder: Path, tell: Callable[[str], None]) -> AsyncIterator[Callable[[Tick], None]]:
    """Serves `/metrics` on loopback while the block runs; what it gives is called with each look. Nothing where `port` is None.

    A port that is taken, or a folder that cannot be written, costs the page alone: the watch goes on, and it is told.
    """
    if port is None:
        yield lambda tick: None
        return
    # Only who asks for the page waits for its libraries.
    from poise.report.prometheus.own_metrics import Watched  # noqa: PLC0415
    from poise.web.access import Guard, kept_token  # noqa: PLC0415
    from poise.web.metrics import Exposed, app  # noqa: PLC0415
    from poise.web.serve import serving  # noqa: PLC0415

    exposed = Exposed()

    def show(tick: Tick) -> None:
        for component in tick.window.stack.of_kind("load-balancer"):
            exposed.show(Watched(component.name, tick.window, tick.alerts, len(tick.could_not)))

    file = folder / TOKEN_FILE
    async with AsyncExitStack() as page:
        try:
            token = kept_token(file)
            place = await page.enter_async_context(serving(lambda place: Guard(app(exposed), token), HOST, port))
        except OSError as error:
            what = error.filename or f"{HOST}:{port}"
            tell(f"could not: {what}: {error.strerror}: /metrics is not served; the watch goes on without it")
        else:
            tell(
                f"/metrics on http://{HOST}:{place}/metrics, for who has the token in {file} (Prometheus: authorization: credentials_file)"
            )
        yield show
