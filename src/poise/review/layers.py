"""Which layer words speak of: whose component it is that they name."""

import re
from collections.abc import Mapping

from poise.model.regexp import regexp

# Weighted words: 3 names the layer's own component, 1 only leans towards it.
_WORDS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "load-balancer": (
        (3,
        r"load[- ]?balanc\w+|\bbalancers?\b|haproxy|\blbs?\b|\b[ae]lbs?\b|\bnlbs?\b|reverse[- ]prox\w+|ingress(?: controller)?|envoy"
        r"|traefik|upstream (?:block|weight\w*|group|pool)|backend (?:pool|weight\w*)|api gateway|maxconn"),
        (2,
        r"\bnginx\b|\bprox(?:y|ies)\b|traffic distribution|sticky sessions?|stickiness|health[- ]?(?:check\w*|page)|\bvip\b|keepalived"
        r"|weights?\b|edge (?:proxy|router)|retr(?:y|ies) (?:without|budget)"),
    ),
    "application": (
        (3,
        r"applications?\b|\bapp\b|\bcode\b|\bbug\b|memory leak|\bleaks?\b|null ?pointer|exception|thread pool|connection pool|renderer"
        r"|feature flag|\bflags?\b|web ?(?:servers?|process\w*)|apache|php|wordpress|django|rails|node\.?js|jvm|tomcat|gunicorn|puma"
        r"|regular expression|regex|library|dependency|race condition|microservice|backend service|\bapi (?:server|service)"
        r"|workers?\b|thread dump"),
        (2,
        r"threads?\b|heap|process(?:es)?\b|exporter|workloads?\b|log ?shipp\w+|namespace|deploy\w*|release\b|typo"
        r"|service\b|cron|jobs?\b|queue consumer|consumers?\b|scheduler|cache key|in-process|startup|open files|in memory"
        r"|middleware|permission\w*|certificate|container\w*|\bpods?\b|file descriptors?|ulimit|timeout|time-?out|program\b"),
        (1, r"server|script|config(?:uration)? file|software|disk|memory"),
    ),
    "database": (
        (3,
        r"databases?\b|\bdbs?\b|mysql|mariadb|postgres\w*|\bsql\b|mongo\w*|redis|memcached?|cassandra|elasticsearch|oracle"
        r"|replicat\w+|replicas?\b|\bindex(?:es)?\b|deadlock\w*|tables? locks?|locks? (?:on|of"
        r"|the) (?:the )?\w* ?tables?|max_connections|slow quer\w+|\bquer(?:y|ies)\b"
        r"|autovacuum|vacuum|schema|\bmigration|transaction id|alter table"
        r"|shared (?:\w+ )?(?:cache|store)|(?:in-memory|key) store|\bstore\b|evict\w+"),
        (1, r"storage|primary|standby|locks?\b|tables?\b|backup|mirror"),
    ),
    "network": (
        (3,
        r"networks?\b(?! of)|\bdns\b|resolvers?\b|firewalls?|\brouters?\b|\bswitch(?:es)?\b(?! off| on| over)|\bbgp\b"
        r"|\bvpn\b|packet (?:loss|size)|\bmtu\b|security groups?"
        r"|\bvlan|cabl\w+|routing table|\broutes?\b|subnet|\bnat\b|fib(?:er|re)|name ?servers?|iptables|\bacl\b|\bospf\b|\bnx?domain\b"
        r"|conntrack|address (?:range|translation)|tunnels?\b"
        r"|zone (?:file|transfer)s?|prefix(?:es)?\b"),
        (1, r"latency|connectivity|packets?|ports?\b|\bip address|filter\b"),
    ),
    "demand": (
        (3,
        r"traffic (?:spike|surge|peak|increase)|spike in (?:traffic|requests|load)|surge"
        r"|unexpected(?:ly high)? (?:traffic|load|demand)|flash sale|more (?:traffic|requests|users|people|visitors) than|flood of"
        r"|unprecedented|increased (?:traffic|demand|load)|high (?:traffic|demand)|above the (?:planned|declared"
        r"|agreed) (?:peak|number)"
        r"|crawler|viral|black friday|times (?:as many|the|more) (?:\w+ )?(?:people|users|visitors|requests|plan|number)"
        r"|was sized for|too many (?:people|visitors|users|students)|(?:number|crowd) of (?:people"
        r"|visitors)"
        r"|(?:people|visitors|viewers|students|users) came"),
        (1, r"demand|capacity|overload\w*|crowd|peak|visitors"),
    ),
    "outside": (
        (3,
        r"third[- ]party|vendors?\b|delivery network|suppliers?\b|\bproviders?\b|\bisp\b|\bcdn\b|cloudflare|fastly|akamai|\baws\b"
        r"|amazon|azure|google cloud|payment processor|card processor|processor\b(?=.{0,60}\b(?:fault|update|card|payment|house))"
        r"|\bgcp\b|stripe|twilio|auth0|okta|data ?cent(?:er|re)s?\b|availability zone|carriers?\b|upstream provider"
        r"|payment gateway|external (?:service|api|provider|company)|power (?:outage|failure|loss|cut)"
        r"|electricity|hosting|colocation"
        r"|registrar|company (?:that|we|which)"
        r"|their (?:fault|side|end|network|cable|fibre|line)|fault (?:is|was) (?:on )?theirs?"),
        (1, r"external|upstream|cloud|region|contract"),
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
