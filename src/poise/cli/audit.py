"""`poise audit`."""

import click

from poise.cli.reading import exclude_option, reading_options, sources_of


@click.command(epilog="Example: poise audit --fail-on error --format sarif /etc/nginx > audit.sarif")
@click.argument("paths", nargs=-1, metavar="PATH...")
@reading_options
@exclude_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "markdown", "github", "gitlab"]),
    default="text",
    show_default=True,
    help="sarif for code scanning, github for annotations, gitlab for its Code Quality report.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["info", "warning", "error", "never"]),
    default="warning",
    show_default=True,
    help="Exit 1 when a finding is at least this severe.",
)
@click.option("--select", multiple=True, metavar="RULE", help="Only this rule or theme; may be given more than once, or with commas.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not this rule or theme; may be given more than once, or with commas.")
@click.option(
    "--needs", metavar="FILE", help="A poise.toml: what the application needs [default: the nearest poise.toml, from the file upwards]."
)
@click.option("--against", metavar="OLD", help="The configuration that this one replaces: what the change itself does is judged too.")
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count; those that are gone from it are told.")
@click.option("--write-baseline", metavar="FILE", help="Write all findings into this file, for --baseline; none counts now.")
def command(
    paths: tuple[str, ...],
    in_order: tuple[str, ...],
    together: bool,
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    needs: str | None,
    against: str | None,
    baseline: str | None,
    write_baseline: str | None,
) -> int:
    """Find what is misconfigured in configurations of HAProxy, nginx and Envoy.

    PATH is a file, a folder of files of any mix of products, or `-` for standard input; what each file is, its content tells. Each finding
    says what, where, the harm in traffic terms, and what to do. `poise explain RULE` tells more.

    --exclude and `exclude = ["helm/**"]` under `[audit]` in poise.toml leave files out, by their path as it is reported or below the folder
    that was named, for instance `poise audit --exclude 'helm/**' --exclude '*.tpl.yaml' .`; what a configuration includes is read all the
    same.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 something could not be read (which outranks 1).
    """
    if baseline and write_baseline:
        raise click.UsageError("--baseline and --write-baseline exclude each other")
    sources = sources_of(paths, in_order, together, target, exclude)
    from poise.app.audit import AuditOptions  # noqa: PLC0415 - help must not wait for it
    from poise.cli.audited import audited  # noqa: PLC0415

    options = AuditOptions(needs, _rules(select, "--select"), _rules(ignore, "--ignore"), baseline, write_baseline, against)
    return audited(sources, options, form, fail_on)  # type: ignore[arg-type] # click.Choice lets only these through


def _rules(given: tuple[str, ...], option: str) -> tuple[str, ...]:
    from poise.rules import RULES  # noqa: PLC0415
    from poise.rules.ignore import RULE_NAME  # noqa: PLC0415

    known = {*RULES.names, *RULES.themes, RULE_NAME}
    names = []
    for word in given:
        named = [name.strip() for name in word.split(",") if name.strip()]
        if not named and option == "--select":
            # An unset variable would select everything.
            raise click.BadParameter("it names no rule. Leave the option out for all of them", param_hint=option)
        names += named
    for name in names:
        if name not in known:
            from poise.rules.meant import RULE_LIST, meant  # noqa: PLC0415 - only who made a mistake waits for it

            hint = meant(name, themes=True)
            themes = f", themes are {', '.join(sorted(RULES.themes))}" if hint == RULE_LIST else ""
            raise click.BadParameter(f"there is no rule or theme {name!r}; {hint}{themes}", param_hint=option)
    return tuple(names)
