"""Alerts about how traffic is split."""

from collections.abc import Mapping

from poise.report.prometheus.alert import RATE, Alert, Scene, counter, gauge, server_key
from poise.report.prometheus.recording import STANDARD_ERRORS, recorded
from poise.report.prometheus.subject import Subject, SubjectServer

SHARES = frozenset(("server_requests", "server_up"))
OFF = "poise:server_share:off"
DIFFERENCE = "{{ $labels.server }} of pool {{ $labels.pool }} is {{ $value | humanizePercentage }} off its share of the traffic"


def _least(subject: Subject) -> SubjectServer:
    """The active server that ought to get the least."""
    return min((s for s in subject.servers if s.active and s.wanted > 0), key=lambda s: s.wanted)


def _can_be_told(subject: Subject) -> bool:
    serving = [s for s in subject.servers if s.active and s.wanted > 0]
    if len(serving) < 2 or not subject.basis:
        return False
    one, total = _least(subject), sum(s.wanted for s in serving)
    # Without keys nobody knows what a hash of two servers will do: there the rule is silent, whatever the shares are.
    return one.uncertainty * STANDARD_ERRORS * 1.2 < 1 - one.wanted / total


def _all_to_one(subject: Subject) -> Scene:
    hot = _least(subject).name
    return {server_key("server_requests", subject, s.name): counter(RATE if s.name == hot else 0) for s in subject.servers}


def _hot(subject: Subject) -> Mapping[str, str]:
    return {"pool": subject.pool, "server": _least(subject).name}


def _first_weighed(subject: Subject) -> SubjectServer:
    return next(s for s in subject.servers if s.active and s.weight > 0)


ALERTS = (
    Alert(
        "PoiseUnevenShare",
        lambda a: f"{OFF} and on (pool) poise:pool_split:declared",
        "2m",
        "5m",
        "page",
        DIFFERENCE,
        "The needs declare how this pool's traffic is split; for two minutes this server has got another part of it than that, by more "
        "than a quarter of its share and more than chance explains. Look at the weights that run now and at those in the file.",
        "uneven-weights",
        SHARES,
        _all_to_one,
        _hot,
        lambda s: _can_be_told(s) and s.basis == "needs",
    ),
    Alert(
        "PoiseUnevenShareOfConfiguration",
        lambda a: f"{OFF} unless on (pool) poise:pool_split:declared",
        "2m",
        "5m",
        "warning",
        DIFFERENCE,
        "Weights and algorithm of the configuration give this server another share. No need is declared for the pool "
        "(`poise needs` writes a file to declare it in), so this wakes nobody.",
        "uneven-weights",
        SHARES,
        _all_to_one,
        _hot,
        lambda s: _can_be_told(s) and s.basis == "configuration",
    ),
    Alert(
        "PoiseWeightNotInFile",
        lambda a: f"{recorded('server_weight')} != on (pool, server) group_left () poise:server_weight:file",
        "5m",
        "5m",
        "warning",
        "{{ $labels.server }} of pool {{ $labels.pool }} runs with weight {{ $value }}, the file has another",
        "The next reload changes the weight, and with it the traffic. Write it into the file, or set it back.",
        "uneven-weights",
        frozenset(("server_weight",)),
        lambda s: {server_key("server_weight", s, _first_weighed(s).name): gauge(_first_weighed(s).weight + 7)},
        lambda s: {"pool": s.pool, "server": _first_weighed(s).name},
        lambda s: any(server.active and server.weight > 0 for server in s.servers),
    ),
    Alert(
        "PoiseLoadBalancersDisagree",
        lambda a: (
            f"max by (pool, server) ({recorded('server_weight')}) - min by (pool, server) ({recorded('server_weight')}) > 0"
            f" and count by (pool, server) ({recorded('server_weight')}) > 1"
        ),
        "5m",
        "5m",
        "warning",
        "The load balancers give {{ $labels.server }} of pool {{ $labels.pool }} different weights",
        "Which share a client's request can get depends on which load balancer it meets. Make their files equal and reload.",
        "uneven-weights",
        frozenset(("server_weight",)),
        lambda s: {
            (
                "server_weight",
                (("apart", "other"), ("pool", s.pool), ("server", _first_weighed(s).name)),
            ): gauge(_first_weighed(s).weight + 7)
        },
        lambda s: {"pool": s.pool, "server": _first_weighed(s).name},
        lambda s: any(server.active and server.weight > 0 for server in s.servers),
    ),
)
