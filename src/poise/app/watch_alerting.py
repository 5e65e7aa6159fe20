"""Alerting for one `poise watch`: opens what it keeps, and sees to it that one of several watches of the same files sends."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from poise.app.alert_delivery import LONGEST_WRITE, AlertDelivery, InHand
from poise.daemon.watched import Watched
from poise.model.receiver import Receiver
from poise.notifiers.secret import unreadable
from poise.store.alert_store import AlertStore
from poise.store.ownership import Ownership
from poise.store.store_error import StoreError


@asynccontextmanager
async def alerting(
    receivers: Sequence[Receiver],
    store: Path,
    watching: str,
    tell: Callable[[str], None],
    clock: Callable[[], datetime],
    in_hand: InHand | None = None,
) -> AsyncIterator[AlertDelivery]:
    """`watching` names what is watched: a later watch of the same goes on with its alerts.

    A store that cannot be opened costs the memory over a restart, not the messages.
    """
    for receiver in receivers:
        for problem in unreadable(receiver):
            tell(f"could not: receiver {receiver.name}: {problem}. `poise watch --test-receivers` tries it")
    owner = Ownership(store, watching)
    try:
        mine = owner.take()
    except StoreError as error:
        tell(f"could not: alerts are not kept over a restart: {error}")
        async with _closing(AlertDelivery(receivers, None, tell, clock)) as alerts:
            yield alerts
        return
    try:
        if not mine:
            if receivers:
                tell("another poise watch of these files is running: that one sends the messages, this one only shows")
            async with _closing(AlertDelivery((), None, tell, clock, sends=False)) as alerts:
                yield alerts
            return
        with await asyncio.to_thread(_opened, store, watching, tell) as kept:
            async with _closing(AlertDelivery(receivers, kept, tell, clock, in_hand=in_hand)) as alerts:
                yield alerts
    finally:
        owner.release()


def receivers_of(watched: Sequence[Watched], tell: Callable[[str], None]) -> tuple[Receiver, ...]:
    """All receivers that the poise.toml of these load balancers declare, each told of all of them; the first of a name counts."""
    found: dict[str, Receiver] = {}
    for each in watched:
        base = each.needs_path.resolve().parent if each.needs_path is not None else Path()
        for receiver in each.needs.receivers:
            placed = anchored(receiver, base)
            if found.setdefault(receiver.name, placed) != placed:
                tell(f"could not: {each.needs_path}: receiver {receiver.name} is declared otherwise in another poise.toml, which counts")
    return tuple(found.values())


def anchored(receiver: Receiver, base: Path) -> Receiver:
    """With files that do not depend on where poise was started."""
    references = [
        replace(each, name=str(base / each.name)) if each is not None and each.kind == "file" else each
        for each in (receiver.url_from, receiver.password_from, receiver.token_from)
    ]
    ca_file = None if receiver.ca_file is None else str(base / receiver.ca_file)
    return replace(receiver, url_from=references[0], password_from=references[1], token_from=references[2], ca_file=ca_file)


def closer(watched: Watched) -> str:
    """The command that looks closer at a load balancer."""
    return f"poise diagnose --live {shlex.join(str(Path(name).resolve()) for name in watched.configurations)}"


def _opened(store: Path, watching: str, tell: Callable[[str], None]) -> "closing[AlertStore] | nullcontext[None]":
    try:
        return closing(AlertStore(store, watching, LONGEST_WRITE))
    except StoreError as error:
        tell(f"could not: alerts are not kept over a restart: {error}")
        return nullcontext()


@asynccontextmanager
async def _closing(alerts: AlertDelivery) -> AsyncIterator[AlertDelivery]:
    try:
        yield alerts
    finally:
        await alerts.close()
