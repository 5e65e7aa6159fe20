"""What the commands of `poise incident` have in common: where, when, who, and how it is told that something could not be done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from poise.cli.instant import Instant
from poise.cli.output import print_problem
from poise.cli.store_option import store_option

if TYPE_CHECKING:
    from datetime import datetime

    from poise.app.incident_acts import Kept

COULD_NOT = 2
MOST_COMPLETED = 50


class IncidentId(click.ParamType[str]):
    """An incident's id, its beginning, or "last"; the shell completes it from the store."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it is: the store says what it means."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The newest ids that begin so, each with its title. Silent where the store cannot be read: the command will say why."""
        from poise.app.incident import IncidentError, store_path, summaries  # noqa: PLC0415
        from poise.report.svg import clean  # noqa: PLC0415
        from poise.store.store_error import StoreError  # noqa: PLC0415

        try:
            found = summaries(store_path(ctx.params.get("store")), MOST_COMPLETED)
        except (IncidentError, StoreError, OSError):
            return []
        last = [CompletionItem("last", help=clean(found[0].title))] if found and "last".startswith(incomplete) else []
        return last + [CompletionItem(each.id, help=clean(each.title)) for each in found if each.id.startswith(incomplete)]


def incident_id(function: Callable[..., Any]) -> Callable[..., Any]:
    """The argument ID."""
    return click.argument("incident_id", metavar="ID", type=IncidentId())(function)


def moment(function: Callable[..., Any]) -> Callable[..., Any]:
    """--who and --at."""
    who = click.option("--who", help="Role or name that says it. Default: the account's name.")
    at = click.option("--at", type=Instant(), help="When it happened: 2023-11-10T13:45Z, 13:45 (today, UTC) or -15m. Default: now.")
    return who(at(function))


def acting(function: Callable[..., Any]) -> Callable[..., Any]:
    """ID, --store, --who, --at and --event-id, handed on as one Act."""
    from functools import update_wrapper  # noqa: PLC0415

    def made(incident_id: str, store: Path | None, who: str | None, at: "datetime | None", event_id: str, **others: Any) -> None:
        with told_problems():
            from datetime import UTC, datetime  # noqa: PLC0415

            from poise.app.account import account  # noqa: PLC0415 - start-up
            from poise.app.incident import store_path  # noqa: PLC0415
            from poise.app.incident_acts import Act  # noqa: PLC0415

            now = datetime.now(UTC)
            act = Act(store_path(store), incident_id, at or now, now, who or account(), event_id)
            kept: Kept | None = function(act, **others)
            if kept is not None:
                out(f"kept as event {kept.event} of {kept.incident}\n")

    again = click.option("--event-id", default="", help="A name of yours for it: said again, as after a lost connection, it is kept once.")
    return incident_id(store_option(moment(again(update_wrapper(made, function)))))


def out(text: str) -> None:
    """To stdout as UTF-8, whatever the locale; lone surrogates as escapes."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


@contextmanager
def told_problems() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.incident import IncidentError  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    try:
        yield
    except (IncidentError, StoreError, OSError) as error:
        # An OSError's own text begins with its number, which tells an operator nothing.
        named = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename and error.strerror else error
        print_problem(f"poise incident: {named}")
        raise SystemExit(COULD_NOT) from error
