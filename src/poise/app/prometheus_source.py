"""Asks a Prometheus, or reads answers of one that were saved."""

import asyncio
import os
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

from poise.balancers.http_fetch import fetch
from poise.exporters import EXPORTERS
from poise.exporters.alerts import ALERTS
from poise.exporters.metric import Labelled
from poise.exporters.range_query import Answered, read
from poise.model.could_not import CouldNot
from poise.model.without_secrets import without_userinfo

# 100 servers × 25 figures × 3,600 looks are 250 MB of JSON: beyond that a narrower question is meant.
MOST_BYTES = 256 * 1024 * 1024
NARROWER = "ask for less: a shorter time, or --match 'job=\"edge\"'"
PATIENCE_SECONDS = 60.0
TOKEN = "POISE_PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name


def is_url(source: str) -> bool:
    """Whether a Prometheus is to be asked, and not a file read."""
    return source.startswith(("http://", "https://"))


def saved(path: str) -> Answered:
    """The answers in that file."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        return Answered((), (CouldNot(path, f"cannot be read: {error.strerror or error}; name a saved answer of /api/v1/query_range"),))
    if len(data) > MOST_BYTES:
        return Answered((), (CouldNot(path, f"is larger than {MOST_BYTES >> 20} MB: {NARROWER}"),))
    return read(data.decode("utf-8", "replace"), path)


def asked(url: str, start: datetime, end: datetime, match: str) -> Answered:
    """What that Prometheus has between the instants, sample by sample as it was scraped.

    A range selector gives the samples themselves; `query_range` would repeat each until the next and hide what is missing.
    """
    return asyncio.run(_asked(url, start, end, match))


async def _asked(url: str, start: datetime, end: datetime, match: str) -> Answered:
    series: list[Labelled] = []
    could_not: list[CouldNot] = []
    selectors = [e.selector(match) for e in EXPORTERS] + [f'{{__name__="{ALERTS}"{f",{match}" if match else ""}}}']
    # A selector leaves out what lies exactly at its beginning (Prometheus 3) or takes it (2): a second more has both.
    seconds = max(1, round((end - start).total_seconds()) + 1)
    for selector in selectors:
        query = urlencode({"query": f"{selector}[{seconds}s]", "time": f"{end.timestamp():.3f}"})
        text = await _get(url, f"/api/v1/query?{query}")
        if isinstance(text, CouldNot):
            return Answered(tuple(series), (*could_not, text))
        found = read(text, without_userinfo(url))
        series += found.series
        could_not += found.could_not
    return Answered(tuple(series), tuple(dict.fromkeys(could_not)))


async def _get(url: str, target: str) -> str | CouldNot:
    told = without_userinfo(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        if not host:
            raise ValueError("expected http://host:port")
        name = f"[{host}]" if ":" in host else host
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await fetch(
                f"{name}:{port}",
                parts.path.rstrip("/") + target,
                tls=parts.scheme == "https",
                authorization=_authorization(parts.username, parts.password),
                host=parts.netloc.rpartition("@")[2],
                limit_bytes=MOST_BYTES,
            )
    except TimeoutError:
        return CouldNot(told, f"no answer within {PATIENCE_SECONDS:g} s: {NARROWER}")
    except (OSError, ValueError) as error:
        said = (getattr(error, "strerror", None) or str(error)).replace(url, told)
        return CouldNot(told, f"{said}; name a Prometheus, as http://prometheus.example:9090")
    if answer.status in (401, 403):
        return CouldNot(
            told, f"answered {answer.status}: put its token into the environment variable {TOKEN}, or user:password@ into the URL"
        )
    text = answer.body.decode("utf-8", "replace")
    # Errors of a query are JSON with the reason, whatever the status.
    if answer.status != 200 and not text.lstrip().startswith("{"):
        return CouldNot(told, f"answered {answer.status}: is this a Prometheus?")
    return text


def _authorization(user: str | None, password: str | None) -> str | None:
    if user is not None and password is not None:
        return f"Basic {b64encode(f'{unquote(user)}:{unquote(password)}'.encode()).decode()}"
    token = user or os.environ.get(TOKEN)
    return f"Bearer {token}" if token else None
