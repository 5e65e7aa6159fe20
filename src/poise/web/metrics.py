"""`/metrics`: what `poise watch` measured, for Prometheus."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poise.report.prometheus.own_metrics import Watched, families


class Exposed(Collector):
    """The last look at every load balancer. Windows never change, so a scrape needs no lock."""

    def __init__(self) -> None:
        self._watched: dict[str, Watched] = {}

    def show(self, watched: Watched) -> None:
        """This is how it is now."""
        self._watched[watched.name] = watched

    def collect(self) -> Iterable[Metric]:
        """For the library that writes the text."""
        for family in families(tuple(self._watched.values())):
            kind = CounterMetricFamily if family.counter else GaugeMetricFamily
            metric = kind(family.name, family.help, labels=family.labels)
            for labels, value in family.values:
                metric.add_metric(labels, value)
            yield metric


def app(exposed: Exposed) -> Starlette:
    """One page. The text is made beside the loop: of ten thousand servers it takes a second, and looks must not wait for it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(exposed)

    async def metrics(request: Request) -> Response:
        return Response(await run_in_threadpool(generate_latest, registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return Starlette(routes=[Route("/metrics", metrics)])
