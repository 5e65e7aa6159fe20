"""`/static/…`: scripts, styles and their licences as they lie in the package."""

import gzip
import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from poise.web.desk import RefusedError
from poise.web.drawing import STATIC

# A URL with the content's hash in it never means another content.
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".md": "text/plain", ".txt": "text/plain", "": "text/plain"}


class _File(NamedTuple):
    kind: str
    tag: str
    plain: bytes
    packed: bytes


async def static(request: Request) -> Response:
    """One file."""
    found = _file(request.path_params["name"])
    if found is None:
        raise RefusedError("there is no such file: load the page again", 404)
    headers = {
        "etag": f'"{found.tag}"',
        "cache-control": FOR_EVER if request.query_params.get("v") == found.tag else ASK_AGAIN,
        "vary": "accept-encoding",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(found.packed if packed else found.plain, headers=headers, media_type=found.kind)


@cache
def _every() -> dict[str, Path]:
    """What there is, by name: a path that somebody made up is no file of ours."""
    return {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}


def _file(name: str) -> _File | None:
    path = _every().get(name)
    return None if path is None else _read(path)


@cache
def _read(path: Path) -> _File:
    data = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(kind, sha256(data).hexdigest()[:12], data, gzip.compress(data, 9, mtime=0))
