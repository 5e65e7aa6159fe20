"""Recordings without a fault, and those that only look different: red herrings."""

from __future__ import annotations

from case import Case
from kinds_balancer import LISTED as BALANCER
from kinds_behind import ALL, spare
from kinds_behind import LISTED as BEHIND

from model import HAPROXY, Event

NONE = ["none"]


def healthy(case: Case) -> None:
    """Nothing at all."""
    case.truth(NONE, "nothing")


def noise(case: Case) -> None:
    """Short pauses of single applications, stray errors, a little loss: as every day."""
    plan = case.plan
    case.set_load(min(plan.load, 0.55))
    case.app(-3.0, list(range(plan.n)), error=case.random.choice((0.0003, 0.001)))
    for _ in range(case.random.randint(3, 7)):
        at, which = case.random.uniform(2, plan.duration), [case.random.randrange(plan.n)]
        case.app(at, which, factor=case.random.uniform(1.5, 3.0))
        case.app(at + case.random.uniform(0.2, 0.8), which, factor=1.0)
    case.at(-3.0, lambda e, now: [link.change(now, loss=0.0004) for link in [e.to_lb, *e.to_app, *e.to_db]])
    case.truth(NONE, "nothing but everyday noise")


def deploy(case: Case) -> None:
    """Every server in turn: drained, restarted, back."""
    plan = case.plan
    spare(case)
    case.set_load(min(case.plan.load, 0.5))
    each = min(20.0, (plan.duration - case.onset) / (plan.n + 0.5))
    for i in range(plan.n):
        start = case.onset + i * each
        out, back = frozenset({i}), frozenset()
        if plan.product == HAPROXY:
            case.change(start, runtime=True, disabled=out)
            case.change(start + each * 0.8, runtime=True, disabled=back)
        else:  # the platform takes it out of the file and puts it back (no counter of a log begins anew)
            for when, these in ((start, out), (start + each * 0.8, back)):
                case.at(when, lambda e, now, these=these: e.balancer.change(now, e.conf.but(disabled=these)))
        case.at(start + each * 0.4, lambda e, now, i=i: e.kill(now, i, True))
        case.at(start + each * 0.6, lambda e, now, i=i: e.kill(now, i, False))
        case.style.reset_apps[i] = start + each * 0.5
        case.events.append(Event(start, "change", f"server {plan.pool}/{plan.servers[i]}", "deploy 2.31: drain, restart, back"))
    case.truth(NONE, "an orderly deploy, server after server")


def harmless_change(case: Case) -> None:
    """A change a minute before, of what does not matter."""
    case.change(max(2.0, case.onset - 60), t_queue=case.plan.conf.t_queue + 1)
    text = case.random.choice(("log format", "timeout queue raised", "comment and order of servers", "statistics page"))
    case.events.append(Event(max(1.0, case.onset - 61), "change", case.plan.lb, f"reload: {text}"))
    case.events.append(Event(case.onset, "alert", "clients", "p99 above its usual value for one sample"))
    case.truth(NONE, "nothing; a harmless change a minute before an alert that cleared itself")


def ramp(case: Case) -> None:
    """The morning: load climbs within what is declared."""
    case.set_load(min(case.plan.load, 0.4))
    factor, length = min(1.8, 0.68 / case.plan.load), case.plan.duration
    case.shapes.append(lambda t: 0.75 + (factor - 0.75) * (t / length).clip(0, 1))
    case.peak = case.plan.rate * factor * 1.2
    case.truth(NONE, "nothing but the daily ramp")


def burst(case: Case) -> None:
    """A few seconds of more, digested at once."""
    case.set_load(min(case.plan.load, 0.45))
    start, length = case.onset, case.random.uniform(2, 5)
    factor = min(2.0, 0.9 / case.plan.load)
    case.shapes.append(lambda t: 1 + (factor - 1) * ((t >= start) & (t < start + length)))
    case.peak = case.plan.rate * factor * 1.05
    case.truth(NONE, "nothing; a burst of a few seconds below the capacity")


def neighbour(case: Case) -> None:
    """Somebody else's alerts."""
    for at in (case.onset - 5, case.onset + 10):
        case.events.append(Event(at, "alert", "pool billing-batch", "5xx above 2 % on billing-batch (another stack)"))
    case.truth(NONE, "nothing here; the alert is a neighbour's")


def noisy_log(case: Case) -> None:
    """A real fault, and a log full of other noise."""
    name = case.random.choice(("weights-extreme", "app-slow", "db-slow", "timeout-server", "net-app-loss"))
    {**BALANCER, **BEHIND}[name][0](case)
    case.logs = case.noise_log = True
    case.note += f" A {name} with a log full of scanners and warnings."


def clock_off(case: Case) -> None:
    """A real fault; the clock of the log is 90 s off."""
    name = case.random.choice(("weights-extreme", "app-slow", "db-locks", "timeout-server", "app-leak"))
    {**BALANCER, **BEHIND}[name][0](case)
    case.logs, case.clock_off = True, case.random.choice((-90.0, 90.0))
    case.note += f" A {name}; the clock of the logs is {case.clock_off:+.0f} s off."


def broken_prober(case: Case) -> None:
    """The client-side prober fails; the stack serves as before."""
    case.style.broken_prober = case.onset
    case.needs = True
    case.truth([*NONE, "outside"], "the prober is broken, the stack serves as before", "clients")
    case.undetermined_ok = True
    case.note = "The load balancer's counters go on at the same rate without errors; what clients beyond it see cannot be told."


LISTED = {
    "healthy": (healthy, (2, 12), ALL),
    "noise": (noise, (2, 12), ALL),
    "deploy": (deploy, (3, 6), ALL),
    "harmless-change": (harmless_change, (2, 12), ALL),
    "ramp": (ramp, (2, 12), ALL),
    "burst": (burst, (2, 12), ALL),
    "neighbour": (neighbour, (2, 12), ALL),
    "noisy-log": (noisy_log, (2, 8), ALL),
    "clock-off": (clock_off, (2, 8), ALL),
    "broken-prober": (broken_prober, (2, 12), ALL),
}
