"""`poise diff`."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from poise.cli.output import print_json, print_text
from poise.cli.reading import exclude_option, target_option, targets_of

if TYPE_CHECKING:
    from poise.model.forecast import ConfigurationDiff
    from poise.reading.read import Sources

BEHIND = "poise.diff.behind"


class Dashed(click.Command):
    """Remembers what stood behind `--`, which click drops: as in git, paths stand there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Splits the words at the first `--`."""
        if "--" in args:
            at = args.index("--")
            args, ctx.meta[BEHIND] = args[:at], tuple(args[at + 1 :])
        return super().parse_args(ctx, args)


@click.command(cls=Dashed, epilog="Example: poise diff --format markdown main...HEAD -- deploy/lb")
@click.argument("words", nargs=-1, metavar="OLD NEW | REVISION [REVISION] [-- PATH...]")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True, help="markdown for a comment."
)
@click.option(
    "--needs", metavar="FILE", help="A poise.toml: what the application needs [default: the nearest poise.toml, from NEW upwards]."
)
@target_option
@click.option(
    "--old-target",
    multiple=True,
    metavar="PRODUCT=VERSION",
    help="Which version the old side ran on, where the change is an upgrade [default: as --target].",
)
@exclude_option
@click.pass_context
def command(
    context: click.Context,
    words: tuple[str, ...],
    form: str,
    needs: str | None,
    target: tuple[str, ...],
    old_target: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Say what a change does: traffic moved and by what, keys moved, needs broken, findings gained and lost.

    OLD and NEW are two files or two folders. Revisions are git's (HEAD~1, a branch, a tag, A..B, A...B from where both parted): one is
    compared with the working tree, two with each other, at PATHs of the repository or all of it. They are read from git, with what they
    include; nothing is checked out. `poise diff HEAD -- haproxy.cfg` is what is not committed yet, `poise diff main...HEAD -- lb` what
    a merge brings. Without `--` a word that is a path is a path: two paths are compared although they are called like revisions, and that
    is said.

    Exit codes: 0, 1 a declared need is no longer met, 2 something could not be read.
    """
    from poise.reading.read import Sources  # noqa: PLC0415 - help must not wait for it

    targets = targets_of(target)
    if exclude:
        from poise.reading.exclusion import Exclusion, WrongPatternError  # noqa: PLC0415 - only who leaves files out waits for the library

        try:
            Exclusion(exclude)
        except WrongPatternError as problem:
            raise click.BadParameter(str(problem), param_hint="--exclude") from None
    old = Sources(targets={**targets, **targets_of(old_target, "--old-target")}, exclude=exclude)
    new = Sources(targets=targets, exclude=exclude)
    change = _change(words, context.meta.get(BEHIND), old, new, needs, datetime.now(UTC).date())
    if form == "json":
        from poise.report import diff_json  # noqa: PLC0415

        print_json(diff_json.as_dict(change))
    elif form == "markdown":
        from poise.report import diff_markdown  # noqa: PLC0415

        print_text(diff_markdown.text(change))
    else:
        from poise.report import diff_text  # noqa: PLC0415

        print_text(diff_text.text(change))
    if change.could_not:
        return 2
    return int(any(pool.needs_broken for pool in change.pools))


def _change(
    words: tuple[str, ...], behind: tuple[str, ...] | None, old: "Sources", new: "Sources", needs: str | None, today: date
) -> "ConfigurationDiff":
    from dataclasses import replace  # noqa: PLC0415

    from poise.app.diff import compared  # noqa: PLC0415
    from poise.app.diff_words import AmbiguousError, TwoPaths, meant  # noqa: PLC0415
    from poise.app.git import GitError  # noqa: PLC0415
    from poise.model.could_not import CouldNot  # noqa: PLC0415
    from poise.model.forecast import ConfigurationDiff  # noqa: PLC0415
    from poise.model.remark import Remark  # noqa: PLC0415

    try:
        found = meant(words, behind)
        if isinstance(found, TwoPaths):
            made = compared(replace(old, paths=(found.old,)), replace(new, paths=(found.new,)), needs, today)
            said = "it is a path and a revision of git: the path was compared. For the revision write `--` and paths behind it"
            return replace(made, remarks=(*made.remarks, *(Remark(word, said) for word in found.also)))
        from poise.app.diff_revisions import diff_revisions  # noqa: PLC0415 - only who asks git waits for it

        return diff_revisions(found, old, new, needs, today)
    except AmbiguousError as problem:
        raise click.UsageError(str(problem)) from None
    except GitError as problem:
        return ConfigurationDiff((), could_not=(CouldNot("git", str(problem)),))
