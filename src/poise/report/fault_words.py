"""What a hypothesis says in terms of the traffic, and how sure it is in words. Pure."""

from collections.abc import Mapping

from poise.faults import FAULTS
from poise.model.diagnosis import Hypothesis
from poise.report.printable import one_line

# By fault; {it} is the component, as "pool web".
SENTENCES: Mapping[str, str] = {
    "uneven-weights": "the weights of {it} send its servers other shares of the traffic than are wanted",
    "traffic-pinned": "{it} sends its traffic to few of its servers",
    "source-behind-nat": "a hash sends nearly all clients of {it} to the same server",
    "server-timeout": "{it} cuts its servers' answers off before they can come",
    "retry-storm": "the load balancer asks again and again, and so keeps the servers of {it} full",
    "deep-health-check": "checks take out servers of {it} that answer, for what the checks ask of is slow",
    "server-unchecked": "requests go to a dead server of {it}, for nothing checks it",
    "stale-backend": "requests for {it} go to an address that it has left",
    "connection-pool": "requests wait inside {it} for a connection to the database, which is idle",
    "tls-certificate": "nobody speaks with {it}, for its certificate is refused",
    "server-maxconn": "requests wait in the load balancer, for {it} allows its servers too few at once",
    "listener-maxconn": "clients wait to get in, for {it} takes too few connections",
    "load-balancer-down": "{it} takes no traffic",
    "load-balancer-busy": "{it} has no processor time left, so everything waits",
    "listener-certificate": "clients refuse {it}, for its certificate has ended",
    "reload-cuts-connections": "clients of {it} are cut off whenever its process is replaced",
    "wrong-route": "requests for {it} are routed to another pool",
    "frequent-reloads": "reloads so frequent that the first servers of {it} get more than the others",
    "server-left-in-drain": "servers of {it} were taken out and left out",
    "restart-without-drain": "servers of {it} are restarted while they still get requests",
    "dns-answer-wrong": "the name server sends {it} to addresses where its servers are not",
    "wrong-health-check": "{it} sends its servers no traffic, for its health check fails where they answer",
    "server-down": "servers of {it} do not answer",
    "server-slow": "{it} answers slowly and its peers do not",
    "server-errors": "{it} answers with errors and its peers do not",
    "servers-slow-all": "all servers of {it} are slow under an ordinary load",
    "database-locked": "requests wait for {it}, where sessions wait for a lock",
    "database-slow": "requests wait for {it}, which takes longer for its statements",
    "database-connections": "{it} lets nobody in, for its connections are used up",
    "network-delay": "{it} delays every round trip",
    "network-loss": "{it} loses packets",
    "surge": "more requests come than the service was built for",
    "outside": "clients suffer, and nothing that is watched here shows why",
    "none": "nothing is wrong",
}
_TITLES = {unit.FAULT.name: unit.FAULT.title for unit in FAULTS}
_REMEDIES = {unit.FAULT.name: unit.FAULT.remedy for unit in FAULTS}
# The scale of the IPCC's guidance note on uncertainty (2010), which readers of risks know; the number stands beside it.
SCALE = (
    (0.99, "virtually certain"),
    (0.9, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.1, "unlikely"),
    (0.01, "very unlikely"),
    (0.0, "exceptionally unlikely"),
)


def sentence(hypothesis: Hypothesis) -> str:
    """What happens to the traffic and where, as a clause without a full stop."""
    said = SENTENCES.get(hypothesis.fault)
    it = component(hypothesis)
    if said is not None:
        return said.format(it=it)
    title = _TITLES.get(hypothesis.fault, hypothesis.fault.replace("-", " "))
    return f"{one_line(title[:1].lower() + title[1:])}: {it}"


def remedy(hypothesis: Hypothesis) -> str:
    """What repairs such a fault for good."""
    return _REMEDIES.get(hypothesis.fault, "see what changed before it began")


def component(hypothesis: Hypothesis) -> str:
    """The component, with its load balancer where there are several."""
    of = f" of {hypothesis.load_balancer}" if hypothesis.load_balancer is not None else ""
    return one_line(hypothesis.component + of)


def in_words(probability: float) -> str:
    """A probability as a word of SCALE."""
    return next(word for least, word in SCALE if probability >= least)


def likelihood(probability: float) -> str:
    """A probability as whole per cent; nothing is ever 0 or 100."""
    return "< 1 %" if probability < 0.01 else "> 99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")
