"""A certificate ends soon, or has ended: every client that checks it will be refused at once, and no counter shows it coming."""

from collections.abc import Iterable
from datetime import datetime

from poise.model.alert import Verdict
from poise.model.component_label import component_label
from poise.model.finding import Severity
from poise.model.sample import ComponentKind, Window

KINDS: tuple[ComponentKind, ...] = ("listener", "load-balancer")
# Those that renew by themselves do so a third of the lifetime before the end: with two weeks left of three months that has failed.
DAYS, OF_LIFETIME, URGENT_DAYS = 14.0, 1 / 3, 3.0
# The shortest that are renewed by themselves live 160 hours (Let's Encrypt); what is made for less is made by hand.
SHORTEST_DAYS = 6.0
WITHIN_SECONDS = 150.0
FAULTS = ("listener-certificate",)
REMEDY = (
    "Look why it was not renewed (`certbot renew --dry-run`, the log of whatever renews it), put the new certificate where the"
    " configuration names it and load it: HAProxy and nginx by a reload, Envoy by itself where SDS hands it out, else by a restart."
    " A new file that was never loaded looks the same to clients as none."
)


def judge(window: Window, now: datetime) -> Iterable[Verdict]:
    """One verdict for each listener whose certificate is known, and for a load balancer that tells the first to end."""
    if "certificate_days" not in window.measured:
        return
    for kind in KINDS:
        for component in window.stack.of_kind(kind):
            days = window.recent(component.name, "certificate_days", WITHIN_SECONDS).last()
            if days is None:
                continue
            lifetime = window.recent(component.name, "certificate_lifetime_days", WITHIN_SECONDS).last()
            least = min(DAYS, lifetime * OF_LIFETIME) if lifetime is not None and lifetime >= SHORTEST_DAYS else DAYS
            bad = days < least
            severity: Severity = "error" if days < min(URGENT_DAYS, least / 2) else "warning"
            whose = "its certificate" if kind == "listener" else "the first of its certificates"
            made = "" if lifetime is None else f", made for {lifetime:.0f}"
            told = f"{whose} {_ends(days)}: {'clients that check it are refused' if days <= 0 else 'renew it and load it'}"
            yield Verdict(
                "certificate_ends",
                component_label(kind, component.name),
                "bad" if bad else "ok",
                severity if bad else "warning",
                False,
                told if bad else f"{whose} {_ends(days)}",
                f"{days:.1f} days left{made}; alarm below {least:.3g}",
                FAULTS,
                {"days": days},
            )


def _ends(days: float) -> str:
    if days <= 0:
        return "ended " + ("today" if days > -1 else f"{-days:.0f} {'day' if round(-days) == 1 else 'days'} ago")
    return f"ends in {days:.0f} days" if days >= 2 else f"ends in {days * 24:.0f} hours"
