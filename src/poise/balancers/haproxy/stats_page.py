"""HAProxy's statistics page as CSV (`stats uri`, with `;csv`): what can be read where no socket can be reached."""

import asyncio
from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlsplit

from poise.balancers.haproxy.runtime_api import RuntimeApiError
from poise.balancers.http_fetch import fetch
from poise.model.could_not import CouldNot

# The page has no `show servers state` and no `show info`.
LESS = "The page tells neither configured weights nor maintenance apart from what is in effect: a socket tells more"


async def csv(url: str, credentials: str | None, limit: timedelta) -> str:
    """The answer to `URL;csv`; `credentials` are `user:password`. Raises RuntimeApiError, whose words hold neither."""
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    place = f"{host}:{parts.port or (443 if tls else 80)}"
    authorization = f"Basic {b64encode(credentials.encode()).decode()}" if credentials else None
    try:
        async with asyncio.timeout(limit.total_seconds()):
            answer = await fetch(place, f"{parts.path.removesuffix(';csv') or '/'};csv", tls=tls, authorization=authorization)
    except TimeoutError:
        raise _error(place, f"no answer within {limit.total_seconds():g} s: is HAProxy stopped, or its listener full?") from None
    except ConnectionRefusedError:
        raise _error(place, "connection refused: nothing listens there. Check `stats_url`") from None
    except (OSError, ValueError) as error:
        raise _error(place, f"{error}. Check `stats_url`") from None
    if answer.status == 401:
        raise _error(place, "the statistics page asks for a password: name it in `credentials_file` or `credentials_env`")
    text = answer.body.decode("utf-8", "replace")
    if answer.status != 200 or not text.startswith("# pxname"):
        raise _error(place, f"it answered {answer.status} and no statistics: is `stats_url` the address of the line `stats uri`?")
    return text


def _error(place: str, reason: str) -> RuntimeApiError:
    return RuntimeApiError(CouldNot(place, reason))
