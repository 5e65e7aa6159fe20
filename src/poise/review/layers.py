"""Which layer words speak of: whose component it is that they name."""

import re
from collections.abc import Mapping

from poise.model.regexp import regexp

# Weighted words: 3 names the layer's own component, 1 only leans towards it.
_WORDS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "load-balancer": (
        (3,
        r"load[- ]?balanc\w+|haproxy|\blbs?\b|\b[ae]lbs?\b|\bnlbs?\b|reverse[- ]prox\w+|ingress(?: controller)?|envoy"
        r"|traefik|upstream (?:block|weight\w*|group|pool)|backend (?:pool|weight\w*)|api gateway"),
        (2,
        r"\bnginx\b|\bprox(?:y|ies)\b|traffic distribution|sticky sessions?|health[- ]check\w*|\bvip\b|keepalived"
        r"|weights?\b|edge (?:proxy|router)"),
    ),
    "application": (
        (3,
        r"application|\bapp\b|\bcode\b|\bbug\b|memory leak|null ?pointer|exception|thread pool|connection pool"
        r"|feature flag|web ?servers?|apache|php|wordpress|django|rails|node\.?js|jvm|tomcat|gunicorn|puma"
        r"|regular expression|regex|library|dependency|race condition|microservice|backend service|\bapi (?:server"
        r"|service)"),
        (2,
        r"threads?\b|heap|processes\b|exporter|workloads?\b|log ?shipp\w+|namespace|deploy\w*|release|typo|worker\w*"
        r"|service\b|cron|job\b|queue consumer|scheduler|cache key|in-process|startup"
        r"|middleware|permission\w*|certificate|container\w*|\bpods?\b|file descriptors?|ulimit"),
        (1, r"server|script|config(?:uration)? file|software|disk|memory"),
    ),
    "database": (
        (3,
        r"database|\bdbs?\b|mysql|mariadb|postgres\w*|\bsql\b|mongo\w*|redis|memcached?|cassandra|elasticsearch|oracle"
        r"|replicat\w+|replica\b|\bindex(?:es)?\b|deadlock\w*|table lock|max_connections|slow quer\w+|\bquer(?:y|ies)\b"
        r"|autovacuum|vacuum|schema|migration|transaction id"),
        (1, r"storage|primary|standby|locks?\b"),
    ),
    "network": (
        (3,
        r"network|\bdns\b|resolver|firewall|router|\bswitch(?:es)?\b|\bbgp\b|\bvpn\b|packet loss|\bmtu\b|security groups?"
        r"|\bvlan|cabl\w+|routing table|\broutes?\b|subnet|\bnat\b|fib(?:er|re)|name ?servers?|iptables|\bacl\b|\bospf\b"
        r"|conntrack|address (?:range|translation)|tunnels?\b|duplex|rule set"),
        (1, r"latency|connectivity|packets?|ports?\b|\bip address"),
    ),
    "demand": (
        (3,
        r"traffic (?:spike|surge|peak|increase)|spike in (?:traffic|requests|load)|surge"
        r"|unexpected(?:ly high)? (?:traffic|load|demand)|flash sale|more (?:traffic|requests|users) than|flood of"
        r"|unprecedented|increased (?:traffic|demand|load)|high (?:traffic|demand)|above the (?:planned|declared) peak"
        r"|crawler|viral|black friday|times as many (?:people|users|visitors|requests)|more (?:people|visitors) came"
        r"|demand beyond|was sized for"),
        (1, r"demand|capacity|overload\w*"),
    ),
    "outside": (
        (3,
        r"third[- ]party|vendor|delivery network|supplier|\bprovider\b|\bisp\b|\bcdn\b|cloudflare|fastly|akamai|\baws\b"
        r"|amazon|azure|google cloud"
        r"|\bgcp\b|stripe|twilio|auth0|okta|data ?cent(?:er|re)|availability zone|carrier|upstream provider"
        r"|payment gateway|external (?:service|api|provider)|power (?:outage|failure|loss|cut)|hosting|colocation"
        r"|registrar"),
        (1, r"external|upstream|cloud|region"),
    ),
}  # fmt: skip
_COMPILED = {layer: tuple((weight, regexp(pattern, re.IGNORECASE)) for weight, pattern in words) for layer, words in _WORDS.items()}
# "load balancer", "database server", "network team": the first word owns what the second names alone.
_SWALLOWED = regexp(
    r"(?:database|\bdb|mysql|postgres\w*|name|dns|load[- ]balanc\w+|proxy) (?:server|service|node|application)s?", re.IGNORECASE
)


def scores(text: str) -> dict[str, int]:
    """How much the text speaks of each layer; layers of which it says nothing are not there."""
    text = _SWALLOWED.sub(lambda found: found[0].rsplit(" ", 1)[0], text)
    made: dict[str, int] = {}
    for layer, words in _COMPILED.items():
        total = sum(weight * min(3, len(pattern.findall(text))) for weight, pattern in words)
        if total:
            made[layer] = total
    return made


def layer_of(text: str) -> str | None:
    """The layer that the text speaks of most; None where it names none, or two alike."""
    ranked = sorted(scores(text).items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < 2 or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    return ranked[0][0]


def named(text: str) -> set[str]:
    """Every layer whose own component the text names."""
    return {layer for layer, total in scores(text).items() if total >= 3}
