"""What the commands that read configurations have in common: paths, the order of `-f`, versions."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from poise.reading.products import PRODUCTS

if TYPE_CHECKING:
    from poise.reading.read import Sources

_EXAMPLES = "haproxy=2.6, nginx=1.22 or envoy=1.40"


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `-f`, `--together` and `--target`; the command hands them to `sources_of`."""
    for option in (
        target_option,
        click.option("--together", is_flag=True, help="All HAProxy files given are one configuration, in the order given."),
        click.option(
            "-f",
            "in_order",
            multiple=True,
            metavar="FILE",
            help="As haproxy -f: all files so named are one configuration, in this order. A folder stands for its *.cfg.",
        ),
    ):
        command = option(command)
    return command


def exclude_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--exclude`; the command hands it to `sources_of`."""
    return click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Leave out files as a .gitignore would, e.g. 'helm/**'; may be given more than once. They are counted.",
    )(command)


def target_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--target`, for `targets_of`."""
    return click.option(
        "--target",
        "target",
        multiple=True,
        metavar="PRODUCT=VERSION",
        help="Which version to judge for, as haproxy=2.6; once for each product [default: the one installed here].",
    )(command)


def sources_of(
    paths: Sequence[str], in_order: Sequence[str], together: bool, target: Sequence[str], exclude: Sequence[str] = ()
) -> "Sources":
    """What to read. Raises UsageError where nothing was named, BadParameter for what is no pattern."""
    from poise.reading.read import Sources  # noqa: PLC0415 - help must not wait for it

    if not paths and not in_order:
        raise click.UsageError("name a file or folder to read, or `-` for standard input")
    if exclude:
        from poise.reading.exclusion import Exclusion, WrongPatternError  # noqa: PLC0415 - only who leaves files out waits for the library

        try:
            Exclusion(exclude)
        except WrongPatternError as problem:
            raise click.BadParameter(str(problem), param_hint="--exclude") from None
    return Sources(tuple(paths), tuple(in_order), together, targets_of(target), tuple(exclude))


def targets_of(target: Sequence[str], option: str = "--target") -> dict[str, str]:
    """The versions by product of `haproxy=2.6`. Raises BadParameter for another product, for no version, and for two of one product."""
    found: dict[str, str] = {}
    for each in target:
        product, _, version = each.partition("=")
        if product not in PRODUCTS:
            raise click.BadParameter(f"{each!r} names no product that poise knows; try {_EXAMPLES}", param_hint=option)
        if wrong := _no_version(version):
            raise click.BadParameter(f"{each!r}: {wrong}; try {_EXAMPLES}", param_hint=option)
        if found.get(product, version) != version:
            raise click.BadParameter(f"{product} is given two versions, {found[product]} and {version}", param_hint=option)
        found[product] = version
    return found


def _no_version(version: str) -> str | None:
    """What is wrong with a version; None where nothing is."""
    numbers = version.split(".")
    if not version:
        return "it lacks the version"
    if version[:1] in "vV" and _no_version(version[1:]) is None:
        return "the version is written without a v"
    if not 1 < len(numbers) < 5 or not all(n.isascii() and n.isdigit() and len(n) < 7 for n in numbers):
        return "the version lacks its second number" if version.isdigit() else f"{version!r} is no version"
    return None
