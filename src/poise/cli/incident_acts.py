"""`poise incident say`, `evidence`, `task` and so on: what people do while an incident lasts, and after it."""

from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from poise.cli.finite import FiniteRange
from poise.cli.incident_options import acting
from poise.cli.instant import Instant
from poise.model.fault import LAYERS, Layer
from poise.model.incident import ActionKind, ActionState, Impact, PostmortemStatus, Status
from poise.model.response import TaskState

if TYPE_CHECKING:
    from poise.app.incident_acts import Act, Kept


@click.command(epilog="Example: poise incident say last we take app1 out of rotation")
@acting
@click.argument("words", nargs=-1, required=True)
def say(act: "Act", words: tuple[str, ...]) -> "Kept":
    """Say something on the timeline; quotes are not needed."""
    from poise.app import incident_acts as app  # noqa: PLC0415 - start-up

    return app.say(act, "note", " ".join(words))


@click.command(epilog="Example: poise incident decide last roll back haproxy.cfg to the version of yesterday")
@acting
@click.argument("words", nargs=-1, required=True)
def decide(act: "Act", words: tuple[str, ...]) -> "Kept":
    """Note a decision; quotes are not needed."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.say(act, "decision", " ".join(words))


@click.command(
    epilog='Example: poise incident evidence last 1 "sessions waiting for locks" --against --expected many --observed 0 --source pg_locks'
)
@acting
@click.argument("hypothesis")
@click.argument("observable")
@click.option("--for/--against", "speaks_for", default=None, help="Whether it speaks for the hypothesis or against it.")
@click.option("--bits", type=FiniteRange(0.0), default=1.0, show_default=True, help="How much: 1 is twice as likely, 10 a thousandfold.")
@click.option("--expected", help="What was expected if the hypothesis held.")
@click.option("--observed", help="What was seen.")
@click.option("--source", help="Where it was seen.  [default: by hand]")
def evidence(
    act: "Act",
    hypothesis: str,
    observable: str,
    speaks_for: bool | None,
    bits: float,
    expected: str | None,
    observed: str | None,
    source: str | None,
) -> "Kept":
    """Hold evidence against a hypothesis. HYPOTHESIS is its number in `show`, its words or their beginning, or its layer."""
    from poise.app import incident_acts as app  # noqa: PLC0415
    from poise.model.evidence import Evidence  # noqa: PLC0415

    if speaks_for is None:
        raise click.UsageError("say which way it points: --for or --against")
    figure = Evidence(observable, _number(expected), _number(observed), bits if speaks_for else -bits, source or f"{act.who}, by hand")
    return app.evidence(act, hypothesis, (figure,))


@click.command(epilog='Example: poise incident link last https://grafana.example/d/7 "p99 by server" --hypothesis 1')
@acting
@click.argument("url")
@click.argument("words", default="")
@click.option("--hypothesis", help="The one that it speaks to, as for `evidence`.")
def link(act: "Act", url: str, words: str, hypothesis: str | None) -> "Kept":
    """Link to evidence that lies elsewhere: a dashboard, a query, a ticket."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.link(act, url, words, hypothesis)


@click.command(
    epilog='Example: poise incident task last "Ask the provider" --owner "network team" --due 15:30, later: … task last 1 --state done'
)
@acting
@click.argument("words")
@click.option("--owner", help="Who does it.")
@click.option("--due", type=Instant(), help="Until when: 2023-11-10T15:30Z, or 15:30 (today, UTC).")
@click.option("--state", type=click.Choice(get_args(TaskState)), help="What has become of it.  [default: open]")
def task(act: "Act", words: str, owner: str | None, due: datetime | None, state: TaskState | None) -> "Kept":
    """Open a task, or change one: WORDS is its text, or its number in `show`."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.task(act, words, owner, due, state)


@click.command(epilog='Example: poise incident action last "Refuse weights above 200" --kind prevent --owner platform --due 2023-12-01')
@acting
@click.argument("words")
@click.option("--kind", type=click.Choice(get_args(ActionKind)), help="What it does; needed for a new one.")
@click.option("--owner", help="Who does it.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Until when: 2023-12-01.")
@click.option("--ticket", help="Where it is followed.")
@click.option("--verification", help="What shows that it works.")
@click.option("--state", type=click.Choice(get_args(ActionState)), help="What has become of it.  [default: open]")
def action(
    act: "Act",
    words: str,
    kind: ActionKind | None,
    owner: str | None,
    due: datetime | None,
    ticket: str | None,
    verification: str | None,
    state: ActionState | None,
) -> "Kept":
    """Note an action item, or change one: WORDS is its text, which begins with a verb, or its number in `show`."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    change = app.ActionChange(kind, owner, None if due is None else due.date(), ticket, verification, state)
    return app.action(act, words, change)


@click.command(
    epilog='Example: poise incident team last "database team" --layer database --at 15:00, later: … team last "database team" --released'
)
@acting
@click.argument("name")
@click.option("--released", is_flag=True, help="It is no longer engaged.")
@click.option("--layer", type=click.Choice(LAYERS), help="What it owns.")
def team(act: "Act", name: str, released: bool, layer: Layer | None) -> "Kept":
    """Note that a team was engaged, or released."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.team(act, name, released, layer)


@click.command(epilog='Example: poise incident role last "incident commander" "on call"')
@acting
@click.argument("name")
@click.argument("holder", required=False)
@click.option("--given-back", is_flag=True, help="Nobody has it any more.")
def role(act: "Act", name: str, holder: str | None, given_back: bool) -> "Kept":
    """Give a role to HOLDER, or note that it was given back."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    if (holder is None) != given_back:
        raise click.UsageError("name who has the role from now on, or --given-back")
    return app.role(act, name, holder)


@click.command(
    epilog="Example: poise incident impact last --requests-failed 403387 --share-of-requests 0.327 --share-of-clients 0.8 --cost 10084.68"
)
@acting
@click.option("--requests-failed", type=click.IntRange(0))
@click.option("--share-of-requests", type=FiniteRange(0.0, 1.0), help="Of all requests that came in, 0 to 1.")
@click.option("--clients", type=click.IntRange(0), help="How many were affected.")
@click.option("--share-of-clients", type=FiniteRange(0.0, 1.0), help="Of all, 0 to 1.")
@click.option("--cost", type=FiniteRange(0.0), help="In the unit of the needs' cost_per_minute.")
def impact(
    act: "Act",
    requests_failed: int | None,
    share_of_requests: float | None,
    clients: int | None,
    share_of_clients: float | None,
    cost: float | None,
) -> "Kept":
    """Note what clients lost; what is not named stays."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.impact(act, Impact(requests_failed, share_of_requests, clients, cost, share_of_clients))


@click.command(epilog="Example: poise incident status last open, when it came back")
@acting
@click.argument("status", type=click.Choice(get_args(Status)))
def status(act: "Act", status: Status) -> "Kept":
    """Declare the incident's status, as that it is open again."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.status(act, status)


@click.command("postmortem-status", epilog="Example: poise incident postmortem-status last published")
@acting
@click.argument("status", type=click.Choice(get_args(PostmortemStatus)))
def postmortem_status(act: "Act", status: PostmortemStatus) -> "Kept":
    """Note how far the incident's postmortem is."""
    from poise.app import incident_acts as app  # noqa: PLC0415

    return app.postmortem(act, status)


@click.command(epilog="Example: poise incident attach last graph.png")
@acting
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Under which name to keep it.  [default: the file's]")
@click.option("--media-type", help="What it is, as image/png.  [default: by the name]")
def attach(act: "Act", file: Path, name: str | None, media_type: str | None) -> "Kept":
    """Keep a file of up to 10 MB with the incident; - reads standard input."""
    import mimetypes  # noqa: PLC0415

    from poise.app import incident_acts as app  # noqa: PLC0415
    from poise.app.incident import IncidentError  # noqa: PLC0415
    from poise.reading.files import read_bytes  # noqa: PLC0415

    content = read_bytes(str(file))
    if not isinstance(content, bytes):
        raise IncidentError(f"could not read {file}: {content.reason}")
    called = name or ("stdin" if str(file) == "-" else file.name)
    return app.attach(act, called, media_type or mimetypes.guess_type(called)[0] or "application/octet-stream", content)


def _number(text: str | None) -> float | str | None:
    """A figure as a number where it is one, else as the words that were written: JSON has no nan and no inf."""
    try:
        value = None if text is None else float(text)
    except ValueError:
        return text
    return value if value is None or isfinite(value) else text


COMMANDS = (say, decide, evidence, link, task, action, team, role, impact, status, postmortem_status, attach)
