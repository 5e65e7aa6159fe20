"""HAProxy's statistics page as CSV (`stats uri`, with `;csv`): what can be read where no socket can be reached."""

import asyncio
from base64 import b64encode
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from poise.balancers.haproxy.runtime_api import RuntimeApiError
from poise.balancers.http_fetch import fetch
from poise.model.could_not import Cause, CouldNot
from poise.model.topology import Topology

# The page has no `show servers state` and no `show info`. Its `uweight` is what an operator set, its status tells MAINT and DRAIN.
LESS = (
    "the statistics page does not tell which weights the process was started with, nor its process id and limits: a file that was edited "
    "and not reloaded cannot be told from a weight that was set at run time. A 'stats socket' with level user tells both"
)
_HERE = {"*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]", "[::]": "[::1]"}  # noqa: S104 - where a wildcard is asked


def pages(topology: Topology) -> tuple[str, ...]:
    """The addresses of the statistics pages that the file itself sets up, as seen from its own machine."""
    found: dict[str, None] = {}
    for listener in topology.listeners:
        if not listener.stats_uri:
            continue
        for bind in listener.binds:
            host, colon, port = bind.address.rpartition(":")
            if colon and port.isdigit() and not bind.address.startswith("/"):
                found[f"{'https' if bind.tls else 'http'}://{_HERE.get(host, host)}:{port}{listener.stats_uri}"] = None
    return tuple(found)


async def csv(url: str, credentials: str | None, limit: timedelta) -> str:
    """The answer to `URL;csv`; `credentials` are `user:password`. Raises RuntimeApiError, whose words hold neither."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    place = f"{host}:{parts.port or (443 if tls else 80)}"
    authorization = f"Basic {b64encode(credentials.encode()).decode()}" if credentials else None
    try:
        async with asyncio.timeout(limit.total_seconds()):
            answer = await fetch(place, _target(parts), tls=tls, authorization=authorization)
    except TimeoutError:
        raise _error(place, f"no answer within {limit.total_seconds():g} s: is HAProxy stopped, or its listener full?", "hangs") from None
    except ConnectionRefusedError:
        raise _error(place, "connection refused: nothing listens there. Check `stats_url`", "gone") from None
    except (OSError, ValueError) as error:
        raise _error(place, f"{error}. Check `stats_url`") from None
    if answer.status == 401:
        raise _error(place, "the statistics page asks for a password: name it in `credentials_file` or `credentials_env`", "barred")
    text = answer.body.decode("utf-8", "replace")
    if answer.status != 200 or not text.startswith("# pxname"):
        raise _error(place, f"it answered {answer.status} and no statistics: is `stats_url` the address of the line `stats uri`?")
    return text


def _target(parts: SplitResult) -> str:
    """HAProxy looks for `;csv` behind all of the address: its default is `/haproxy?stats`."""
    whole = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    return f"{whole.removesuffix(';csv')};csv"


def _error(place: str, reason: str, cause: Cause | None = None) -> RuntimeApiError:
    return RuntimeApiError(CouldNot(place, reason, cause=cause))
