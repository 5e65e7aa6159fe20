"""What `poise alert` does: reads what the watches keep, and writes what people do about it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from poise.alerting.acknowledgement import Acknowledgement
from poise.alerting.act import acknowledged, event_of, silenced, unsilenced
from poise.alerting.delivery import Delivery
from poise.alerting.held import Held
from poise.alerting.overview import Listed, Overview
from poise.alerting.pipeline import Unsilenced
from poise.alerting.silence import Silence
from poise.app.incident import store_path
from poise.app.nearby_stores import nearby_stores
from poise.model.matcher import Matcher
from poise.store.alert_store import AlertStore
from poise.store.ownership import Ownership

BUSY = timedelta(seconds=20)
# Of each receiver: what waits, and the newest of the rest.
MOST_DELIVERIES = 20


class AlertActError(Exception):
    """It could not be done: what, and what to do."""


def overview(path: Path, now: datetime) -> Overview:
    """The alerts that fire, the worst first; the silences that are not over; the newest messages."""
    with _existing(path) as store:
        silences, in_hand = _said(store, now)
        scopes = store.everything(MOST_DELIVERIES)
    alerts: list[Listed] = []
    deliveries: list[tuple[str, Delivery]] = []
    for watching, kept in scopes.items():
        watched = Ownership(path, watching).held() if kept.alerts else None
        for held in kept.alerts.values():
            silence = next((each for each in silences if each.covers(held.labels, now)), None)
            ack = in_hand.get(held.identity.id)
            who = None if ack is None or not ack.holds(held) else ack.who + (f": {ack.note}" if ack.note else "")
            told = tuple(dict.fromkeys(group.receiver for group in kept.groups.values() if group.was_told(held.identity)))
            quiet = None if silence is None else f"{silence.author} until {silence.ends.isoformat()}: {silence.comment}"
            alerts.append(Listed(watching, held, quiet, who, told, watched))
        by_receiver: dict[str, list[Delivery]] = {}
        for delivery in sorted(kept.deliveries, key=lambda d: (d.state != "waiting", -d.decided.timestamp())):
            by_receiver.setdefault(delivery.place[0], []).append(delivery)
        deliveries += [(watching, each) for found in by_receiver.values() for each in found[:MOST_DELIVERIES]]
    alerts.sort(key=lambda each: (not each.held.level[0], -each.held.level[1], each.held.alert.since, each.held.identity))
    unreadable = sum(kept.unreadable for kept in scopes.values())
    return Overview(tuple(alerts), tuple(silences), tuple(deliveries), unreadable)


def acknowledge(path: Path, alert_ids: Sequence[str], who: str, note: str, now: datetime) -> tuple[Held, ...]:
    """Takes alerts in hand. An id may be cut off, as long as it is the beginning of one alone. Raises AlertActError before any is."""
    with _existing(path) as store:
        firing = {held.identity.id: held for held in store.firing()}
        chosen = [_one(firing, alert_id) for alert_id in alert_ids]
        for held in chosen:
            store.act(acknowledged(held, now, who, note))
        return tuple(chosen)


def silence(path: Path, matchers: Sequence[Matcher], who: str, comment: str, starts: datetime, ends: datetime, now: datetime) -> Silence:
    """Silences what matches. Raises AlertActError where it would not begin, or never end."""
    if ends <= now:
        raise AlertActError(f"it would be over already: it ends at {ends.isoformat()}")
    try:
        made = Silence(secrets.token_hex(4), who, comment, tuple(matchers), starts, ends)
    except ValueError as problem:
        raise AlertActError(f"{problem} is refused: who wakes up to it must know whose it is, why, what it covers and until when") from None
    with _existing(path) as store:
        store.act(silenced(made, now))
    return made


def unsilence(path: Path, silence_id: str, who: str, now: datetime) -> Silence:
    """Ends a silence now."""
    with _existing(path) as store:
        known = {each.id: each for each in _said(store, now)[0]}
        matching = [each for name, each in known.items() if name.startswith(silence_id)]
        if len(matching) != 1:
            raise AlertActError(f"{silence_id!r} names {len(matching) or 'none'} of the silences; `poise alert list` shows them")
        store.act(unsilenced(matching[0].id, now, who))
        return matching[0]


def _said(store: AlertStore, now: datetime) -> tuple[list[Silence], dict[str, Acknowledgement]]:
    silences: dict[str, Silence] = {}
    in_hand: dict[str, Acknowledgement] = {}
    for _, act in store.acts():
        match event_of(act):
            case Silence() as made if made.ends > now:
                silences[made.id] = made
            case Unsilenced(silence_id):
                silences.pop(silence_id, None)
            case Acknowledgement() as ack:
                in_hand[ack.alert_id] = ack
    return list(silences.values()), in_hand


def _one(firing: dict[str, Held], alert_id: str) -> Held:
    matching = [held for name, held in firing.items() if name.startswith(alert_id.lower())] if alert_id else []
    if len(matching) == 1:
        return matching[0]
    many = f"begins the ids of {len(matching)} alerts: write more of it" if matching else "is the id of no alert that fires"
    raise AlertActError(f"{alert_id!r} {many}; `poise alert list` shows them")


def _existing(path: Path) -> AlertStore:
    """A store that is there: an empty one made by a mistyped path would say that all is well, and no watch hears of a silence in it."""
    if not path.exists():
        near = nearby_stores(path, store_path())
        raise AlertActError(f"there is no store at {path}: name that of the watch with --store or POISE_STORE; {near}")
    return AlertStore(path, "", BUSY)
