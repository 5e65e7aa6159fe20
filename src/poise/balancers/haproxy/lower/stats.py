"""Lowers `stats …` lines of a proxy: the page that shows, and may change, the servers."""

from poise.balancers.haproxy.document import Line
from poise.balancers.haproxy.lower.places import Spot
from poise.balancers.haproxy.lower.settings import Settings

_KNOWN = (
    *("admin", "auth", "enable", "hide-version", "http-request", "realm", "refresh", "scope"),
    *("show-desc", "show-legends", "show-modules", "show-node", "uri"),
)
# Configuration manual, stats uri: what applies where none is written.
_DEFAULT_URI = "/haproxy?stats"


def stats(settings: Settings, line: Line, file: str) -> str | None:
    """Apply one `stats` line; what HAProxy would refuse."""
    values = line.values[1:]
    what = values[0] if values else ""
    if what not in _KNOWN:
        return f"`stats {what}` is not one that HAProxy knows: it refuses the line"
    if what in ("uri", "auth", "realm", "refresh", "scope", "admin", "http-request") and (len(values) < 2 or not values[1]):
        return f"`stats {what}` needs a value: HAProxy refuses the line"
    settings.stats = True
    settings.stats_location = line.location(file)
    settings.stats_uri = values[1] if what == "uri" else settings.stats_uri or _DEFAULT_URI
    if what == "auth":
        settings.stats_auth = True
    if what == "admin":
        settings.stats_admin = True
    # The password of `stats auth user:password` goes no further than this line.
    rest = values[1].split(":", 1)[0] if what == "auth" else " ".join(values[1:])
    if what == "http-request" and "stats http-request" in settings.options:
        rest = f"{settings.options['stats http-request']}\n{rest}"
    settings.options[f"stats {what}"] = rest
    settings.places[f"stats {what}"] = Spot(line, file)
    return None
