"""Questions to Envoy's admin interface, and what can be said when it does not answer."""

from base64 import b64encode
from datetime import timedelta
from urllib.parse import urlsplit

from poise.balancers.http_fetch import fetch
from poise.balancers.within import within
from poise.model.could_not import Cause, CouldNot

COST = "until then the shares, health and limits of its servers are not known"
LOCAL = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "::": "[::1]"}  # noqa: S104 - where a wildcard is asked from this host


class AdminError(Exception):
    """The admin interface did not answer as one does. `could_not` says why, what would help, and what is not known until then."""

    def __init__(self, could_not: CouldNot) -> None:
        super().__init__(f"{could_not.what}: {could_not.reason}")
        self.could_not = could_not


class Admin:
    """One admin interface: `address` is host:port, http(s)://host:port, or a socket's path."""

    def __init__(self, address: str, timeout: timedelta = timedelta(seconds=2), credentials: str | None = None) -> None:
        # As the file has it: whoever asks why it does not answer looks for that.
        self.address = address.partition("://")[2].rpartition("@")[2].partition("/")[0] if "://" in address else address
        self._place, self._tls = _plain(address)
        self._timeout = timeout
        self._authorization = f"Basic {b64encode(credentials.encode()).decode()}" if credentials else None

    async def get(self, target: str, absent: str | None = None) -> str:
        """The answer to that question; `absent`, if given, where there is no such thing (404). Raises AdminError."""
        try:
            question = fetch(self._place, target, tls=self._tls, authorization=self._authorization)
            answer = await within(self._timeout.total_seconds(), question)
        except TimeoutError:
            raise self._error(
                f"no answer to {target.partition('?')[0]} within {self._timeout.total_seconds():g} s: is Envoy stopped or overloaded?",
                "hangs",
            ) from None
        except FileNotFoundError:
            raise self._error(
                "the socket does not exist: is Envoy running, and does 'admin.address.pipe' name this path?", "gone"
            ) from None
        except PermissionError:
            raise self._error(
                "permission denied: run as the user of Envoy, or set 'mode' beside the path of 'admin.address.pipe' (0660 and a group)",
                "barred",
            ) from None
        except ConnectionRefusedError:
            raise self._error(
                "connection refused: nothing listens there. Is Envoy running? If it runs on another host, say where its admin interface "
                "is reached from here",
                "gone",
            ) from None
        except (OSError, ValueError) as error:
            raise self._error(f"{error}: check the address of 'admin' in its configuration") from None
        if answer.status == 404 and absent is not None:
            return absent
        if answer.status in (401, 403):
            raise self._error(
                f"it answered {answer.status} to {target.partition('?')[0]}: something before Envoy, or its allow_paths, forbids it; "
                "allow GET of /clusters, /stats and /config_dump from here",
                "barred",
            )
        if answer.status != 200:
            raise self._error(
                f"it answered {answer.status} to {target.partition('?')[0]}: is this Envoy's admin interface and not one of its listeners?"
            )
        return answer.body.decode("utf-8", "replace")

    def _error(self, reason: str, cause: Cause | None = None) -> AdminError:
        return AdminError(CouldNot(self.address, f"{reason}; {COST}", cause=cause))

    def not_envoy(self, error: ValueError) -> AdminError:
        """The answer was one of something else."""
        return self._error(f"{error}: is this Envoy's admin interface?")


def _plain(address: str) -> tuple[str, bool]:
    """host:port or path, and whether to speak TLS. Credentials in an address are not taken, nor shown."""
    tls = address.startswith("https://")
    if tls or address.startswith("http://"):
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port or (443 if tls else 80)
        except ValueError:
            return "the admin's URL", False
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    host, colon, port_text = address.rpartition(":")
    return f"{LOCAL.get(host, host)}{colon}{port_text}" if not address.startswith(("/", "@")) else address, tls
