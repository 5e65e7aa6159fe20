"""Who decided what: findings that were accepted in poise.toml, and those that a comment in the configuration silences."""

from collections.abc import Iterator

from poise.report.description.described import Described
from poise.report.findings_markdown import cell
from poise.rules.ignore import ignores


def decided_lines(described: Described) -> Iterator[str]:
    """The section, and nothing where nothing was decided."""
    rows = [
        f"| `{f.rule}` | {_where(f.pool, f.server)} | {cell(f.message)} | {cell(a.by)} | {a.until} | {cell(a.because)} |"
        for f, a in described.audit.accepted
    ]
    for file, text in described.audit.texts:
        for each in ignores(text, file):
            if each.rules and each.reason:
                names = ", ".join(f"`{name.replace('`', '')}`" for name in each.rules)
                rows.append(f"| {names} | {cell(file)} | silenced by a comment | – | – | {cell(each.reason)} |")
    if rows:
        yield from (
            "## Decided",
            "",
            "| rule | where | what | by | until | because |",
            "|---|---|---|---|---|---|",
            *dict.fromkeys(rows),
            "",
        )


def _where(pool: str | None, server: str | None) -> str:
    return "the file" if pool is None else cell(pool) if server is None else f"{cell(pool)}, {cell(server)}"
