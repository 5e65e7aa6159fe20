"""What `poise alert list` shows a person. Pure."""

from collections.abc import Iterator
from datetime import datetime

from poise.alerting.overview import Overview
from poise.incidents.durations import words
from poise.incidents.log_event import alert_words
from poise.model.instants import day_and_clock
from poise.report.printable import one_line


def alerts_text(found: Overview, now: datetime) -> str:
    """Alerts, then silences, then what receivers were sent."""
    return "\n".join(one_line(line) for line in _lines(found, now)) + "\n"


def _lines(found: Overview, now: datetime) -> Iterator[str]:
    if not found.alerts:
        yield "No alert fires."
    for each in found.alerts:
        held = each.held
        verdict = held.alert.verdict
        page = "wakes" if verdict.page else "tells"
        yield f"{held.identity.id}  {verdict.severity:<7}  {page}  {held.identity.load_balancer}: {alert_words(held.alert)}"
        yield f"            since {day_and_clock(held.alert.since)}, {words(now - held.alert.since)}" + (
            "; its source does not answer" if held.alert.phase == "no-data" else ""
        )
        if each.watched is False:
            yield "            no poise watch runs for it: the last one saw it, and whether it still fires is not known. Start one"
        yield f"            {'told ' + ', '.join(each.told) if each.told else 'nobody was told'}"
        if each.acknowledged:
            yield f"            in hand: {each.acknowledged}"
        if each.silenced:
            yield f"            silenced by {each.silenced}"
    if found.silences:
        yield ""
        yield "Silences:"
    for silence in found.silences:
        state = "" if silence.active(now) else " (not yet)"
        said = " and ".join(str(matcher) for matcher in silence.matchers)
        lasts = f"{day_and_clock(silence.starts)} to {day_and_clock(silence.ends)}{state}"
        yield f"{silence.id}  {said}, {lasts}, by {silence.author}: {silence.comment}"
    if found.deliveries:
        yield ""
        yield "Messages:"
    for _, delivery in found.deliveries:
        tried = (
            f" after {delivery.attempts} {'try' if delivery.attempts == 1 else 'tries'}: {delivery.error}"
            if delivery.error and delivery.state in ("waiting", "refused")
            else ""
        )
        yield f"{day_and_clock(delivery.decided)}  {delivery.place[0]}: {delivery.state}{tried}  ({delivery.reason}) {delivery.title}"
    if found.unreadable:
        yield ""
        yield f"could not: {found.unreadable} rows of the store cannot be read; a newer poise may have written them"
