"""How a running load balancer is reached where its configuration does not say it, or says it for another machine."""

from poise.model.light import dataclass

LOCAL = ("", "localhost", "127.0.0.1", "::1", "*", "0.0.0.0", "[::1]")  # noqa: S104 - compared with, not bound to


@dataclass(frozen=True, slots=True)
class Reach:
    """HAProxy: `socket` (a path, or `tcp://host:port`) or `stats_url`, its statistics page. nginx: `access_log` (a path, or
    `syslog:server=ADDRESS` that poise listens at), `log_format` where it is not the file's, `status`, the URL of a stub_status page.
    Envoy: `admin`, the URL of its admin interface. `credentials_file` or `credentials_env` name where `user:password` for these URLs
    stands. `every_seconds` is the least time between two looks, where 1 is too often."""

    socket: str | None = None
    stats_url: str | None = None
    access_log: str | None = None
    log_format: str | None = None
    status: str | None = None
    admin: str | None = None
    credentials_file: str | None = None
    credentials_env: str | None = None
    every_seconds: float | None = None

    @property
    def remote(self) -> bool:
        """Whether it runs on another machine than poise, as far as these say: that machine's /proc cannot be read."""
        places = (self.socket, self.stats_url, self.status, self.admin)
        return any(place is not None and _host(place) not in LOCAL for place in places)


def _host(place: str) -> str:
    if place.startswith("/"):
        return ""
    host = place.rpartition("://")[2].partition("/")[0].rpartition("@")[2]
    return host if host.endswith("]") else host.rpartition(":")[0] or host
