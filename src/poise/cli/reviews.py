"""`poise reviews`: what scheduled reviews found, and who signed them off."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poise.cli.output import print_json, print_problem, print_text
from poise.cli.store_option import store_option

if TYPE_CHECKING:
    from poise.model.configuration_review import KeptReview

COULD_NOT = 2


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True),
        click.option("--load-balancer", metavar="NAME", help="Of this load balancer alone."),
        store_option,
    ):
        function = option(function)
    return function


@click.group(name="reviews")
def command() -> None:
    """List, show and sign off the reviews that `poise watch --review-every` keeps.

    \b
    Example:
      poise reviews list
      poise reviews show last
      poise reviews sign last --by "Ada Lovelace" --note "app1 is four machines"
    """


@command.command("list", epilog="Example: poise reviews list --load-balancer lb1 --format json")
@_options
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="So many, the newest first.")
def list_(store: Path | None, load_balancer: str | None, form: str, most: int) -> None:
    """List reviews, the newest first."""
    with _told():
        from poise.app import reviews as app  # noqa: PLC0415 - start-up
        from poise.app.incident import store_path  # noqa: PLC0415

        found = app.newest(store_path(store), most + 1, load_balancer)
        _print(found[:most], form, False)
        if len(found) > most:
            print_problem(f"poise reviews: there are older ones: --most {2 * most}")


@command.command(epilog="Example: poise reviews show last")
@click.argument("which", metavar="NUMBER|last")
@_options
def show(which: str, store: Path | None, load_balancer: str | None, form: str) -> None:
    """Show what a review found, what was worse, and who signed it."""
    with _told():
        from poise.app import reviews as app  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        _print((app.one(store_path(store), which, load_balancer),), form, True)


@command.command(epilog='Example: poise reviews sign 12 --by "Ada Lovelace" --note "app1 is four machines"')
@click.argument("which", metavar="NUMBER|last")
@_options
@click.option("--by", required=True, metavar="NAME", help="Who stands for it.")
@click.option("--note", required=True, metavar="TEXT", help="Why it is right so.")
def sign(which: str, store: Path | None, load_balancer: str | None, form: str, by: str, note: str) -> None:
    """Sign a review off: the next is held against it, and its alert ends. What was signed is never changed."""
    with _told():
        from poise.app import reviews as app  # noqa: PLC0415
        from poise.app.incident import store_path  # noqa: PLC0415

        path = store_path(store)
        found = app.sign(path, which, load_balancer, by, note, datetime.now(UTC))
        _print((app.one(path, str(found.number), None),), form, True)


def _print(found: "Sequence[KeptReview]", form: str, whole: bool) -> None:
    if form == "json":
        from poise.report.reviews_json import reviews_document  # noqa: PLC0415

        print_json(reviews_document(found))
        return
    from poise.report.reviews_text import review_text, reviews_text  # noqa: PLC0415

    print_text(review_text(found[0]) if whole else reviews_text(found))


@contextmanager
def _told() -> Iterator[None]:
    """What could not be done goes to stderr with exit code 2."""
    from poise.app.reviews import ReviewsError  # noqa: PLC0415
    from poise.store.store_error import StoreError  # noqa: PLC0415

    try:
        yield
    except (ReviewsError, StoreError) as error:
        print_problem(f"poise reviews: {error}")
        raise SystemExit(COULD_NOT) from error
