"""What several rules ask of a pool and its servers. Pure."""

from poise.model.hashes import HAPROXY_HASHES, NGINX_HASHES
from poise.model.location import Location
from poise.model.topology import Pool, Server

# Algorithms that choose by a key of the request: HAProxy's, and nginx's hash and ip_hash.
HASHES = (*HAPROXY_HASHES, *NGINX_HASHES)


def watched(server: Server) -> bool:
    """Whether anything can take this server out of rotation."""
    return server.check is not None or server.track is not None or server.agent_check


def in_use(pool: Pool) -> tuple[Server, ...]:
    """The servers that are not disabled, backups among them."""
    return pool.once("in use", lambda pool: tuple([s for s in pool.servers if s.role != "disabled"]))


def serving(pool: Pool) -> tuple[Server, ...]:
    """The servers that get traffic while all is well."""
    return pool.once("serving", lambda pool: tuple([s for s in pool.servers if s.role == "active" and s.weight > 0]))


def backups(pool: Pool) -> tuple[Server, ...]:
    """The backups that would be used when the active servers are gone: all, or the first alone (HAProxy's `option allbackups`)."""
    found = tuple(s for s in pool.servers if s.role == "backup" and s.weight > 0)
    return found if pool.all_backups or pool.product != "haproxy" else found[:1]


def ruled(pool: Pool) -> frozenset[str]:
    """The servers that `use-server` names: they get requests past the split, whatever their weight (measured on HAProxy 2.6.12)."""
    return frozenset(name for name, _ in pool.use_server)


def fixed(pool: Pool) -> bool:
    """Whether HAProxy lays out the split once, so that weights changed at run time do nothing: static-rr, first, map-based hashes."""
    name = pool.algorithm.name
    return name in ("static-rr", "first") or (name in HASHES and pool.algorithm.hash_method != "consistent")


def address_of(server: Server) -> Location:
    """What to point at where a server lacks something: its address, else its line."""
    return server.spots.address or server.location


def place_of(pool: Pool, *options: str) -> Location:
    """Where the first of these options that is written stands, else the pool's header."""
    return next((pool.places[option] for option in options if option in pool.places), pool.location)


def place_at(server: Server, *options: str) -> Location:
    """Where the first of these options of a server stands, be it on its own line or in its defaults; else the server's line."""
    return next((server.places[option] for option in options if option in server.places), server.location)


def own(pool: Pool, place: Location | None) -> bool:
    """Whether that place is in the pool's own section and not inherited from a section of defaults."""
    return place is not None and place.file == pool.location.file and place.line >= pool.location.line
