"""What several drills share: attempts that heal nothing, changes that mean nothing."""

from collections.abc import Sequence

from poise.drills.draw import Draw
from poise.model.drill import Act, Attempt, Change, Tier

_HARMLESS = (
    ("application {app}", "release 4.18.2 rolled out: texts of the help page"),
    ("application {app}", "log level changed from info to notice"),
    ("database main", "role reporting_readonly created"),
    ("database main", "nightly base backup finished"),
    ("host", "unattended upgrade: tzdata"),
    ("network", "firewall rule 212 given a comment"),
    ("client", "feature flag new-footer on for 5 % of users"),
    ("monitoring", "dashboard of the web tier reordered"),
)
SWITCH = Change(420.0, "network", "ticket NET-4471: switch port 14 (uplink b, unused) replaced, 1 % loss measured on it before")
RELOAD = Act("reload")
RESTART_DATABASE = Attempt("restart the database", (Act("restart", "database"),))
RAISE_LIMITS = Attempt(
    "raise the database's limits",
    (Act("sql", "ALTER SYSTEM SET max_connections = 400"), Act("restart", "database")),
    (Act("sql", "ALTER SYSTEM RESET max_connections"), Act("restart", "database")),
)
KILL_CLIENTS = Attempt("end the load generator", (Act("choke"),))


def harmless(draw: Draw, tier: Tier, count: int, besides: str = "-") -> tuple[Change, ...]:
    """Changes that have nothing to do with anything, the last of them a little after the page; none of the layer `besides`."""
    left = [change for change in _HARMLESS if not change[0].startswith(besides)]
    made = []
    for number in range(count):
        component, text = left.pop(draw.randint(0, len(left) - 1))
        later = number == count - 1
        seconds = draw.uniform(15, 40) if later else draw.uniform(300, 9000)
        made.append(Change(seconds, component.format(app=draw.choice(tier.servers)), text, later))
    return tuple(made)


def restart_applications(tier: Tier) -> Attempt:
    """The first thing that many do."""
    return Attempt("restart the applications", tuple(Act("restart", name) for name in tier.servers))


def without_checks(product: str) -> Sequence[Attempt]:
    """Nobody marks a server DOWN whom nobody asks. nginx has no active checks."""
    if product != "haproxy":
        return ()
    return (
        Attempt(
            "switch the health checks off", (Act("edit", r"^    (option httpchk|http-check|default-server check).*\n", {"put": ""}), RELOAD)
        ),
    )


def evenly(tier: Tier) -> tuple[Act, ...]:
    """All weights of the file the same, and the file taken."""
    pattern = r"^(    server .*\bweight )\d+" if tier.product == "haproxy" else r"^(        server .*\bweight=)\d+"
    return (Act("edit", pattern, {"put": r"\g<1>10"}), RELOAD)
