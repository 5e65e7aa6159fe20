"""A change as Markdown, for a comment at a merge request: the story, then before and after, then what there is to look up. Pure."""

from collections.abc import Sequence

from poise.model.finding import Finding
from poise.model.forecast import ConfigurationDiff, PoolDiff, ServerShare
from poise.report.bars import percent
from poise.report.diff_story import headline, is_quiet, ordered, quiet
from poise.report.findings_markdown import SIGNS, cell
from poise.report.findings_text import excluded

# A comment may hold 65,536 characters at GitHub: the pools and servers that matter most, and the rest counted.
MOST_POOLS = 20
MOST_SERVERS = 30
MOST_LISTED = 50


def text(change: ConfigurationDiff) -> str:
    """The first line is the story; what is long is folded."""
    ranked = ordered(change.pools)
    told = [pool for pool in ranked if not is_quiet(pool)]
    lines = [f"**poise diff:** {cell(headline(change))}", ""]
    for number, pool in enumerate(told[:MOST_POOLS]):
        lines += _pool(pool, number < 3, len(ranked) > 1)
    if len(told) > MOST_POOLS:
        lines += [f"And {len(told) - MOST_POOLS} more pools change (all of them with `--format json`).", ""]
    if change.routes:
        lines += ["**Routes:**", "", *(f"- {cell(route.story)}" for route in change.routes[:MOST_LISTED]), ""]
        if len(change.routes) > MOST_LISTED:
            lines += [f"And {len(change.routes) - MOST_LISTED} more routes.", ""]
    still = [pool for pool in ranked if is_quiet(pool)]
    if still and len(ranked) > 1:
        lines += [f"Else: {cell(quiet(still))}.", ""]
    lines += _findings("gained", change.findings_gained) + _findings("lost", change.findings_lost)
    if change.could_not:
        lines += [
            "**Could not:**",
            "",
            *(f"- {cell(c.what)}{f':{c.line}' if c.line else ''}: {cell(c.reason)}" for c in change.could_not),
            "",
        ]
    if change.remarks:
        lines += ["Remarks:", "", *(f"- {cell(r.what)}{f':{r.line}' if r.line else ''}: {cell(r.text)}" for r in change.remarks), ""]
    if change.excluded:
        lines += [f"{cell(excluded(change.excluded))}.", ""]
    return "\n".join(lines)


def _pool(pool: PoolDiff, opened: bool, headed: bool) -> list[str]:
    needs = [f"- 🔴 no longer met: **{cell(check.need)}**: {cell(check.detail)}" for check in pool.needs_broken]
    needs += [f"- 🟢 met again: **{cell(check.need)}**: {cell(check.detail)}" for check in pool.needs_repaired]
    rows = _rows(pool)
    table = ["| server | address | weight | before | after |", "|---|---|---|--:|--:|", *rows[:MOST_SERVERS], ""]
    if len(rows) > MOST_SERVERS:
        table += [f"And {len(rows) - MOST_SERVERS} more servers.", ""]
    # GitLab takes a line that begins with `/close` for an order: no line begins with a name.
    head = [f"**{cell(pool.story)}**", ""] if headed else []
    if needs:
        head += [*needs, ""]
    if opened:
        return [*head, *table]
    return [*head, "<details><summary>before and after</summary>", "", *table, "</details>", ""]


def _rows(pool: PoolDiff) -> list[str]:
    """Those whose share changes most first."""
    before, after = ({s.address: s for s in reversed(side)} for side in (pool.before, pool.after))
    pairs = [(before.get(s.address), s) for s in pool.after]
    gone = [(s, None) for s in pool.before if s.address not in after]
    ranked = sorted([*pairs, *gone], key=lambda pair: -abs(_share(pair[1]) - _share(pair[0])))
    return [_row(was, now, bool(pool.before), bool(pool.after)) for was, now in ranked]


def _share(server: ServerShare | None) -> float:
    return server.share if server else 0.0


def _row(was: ServerShare | None, now: ServerShare | None, known_before: bool, known_after: bool) -> str:
    server = now or was
    assert server is not None
    name = f"{was.server} → {now.server}" if was and now and was.server != now.server else server.server
    weight = f"{was.weight} → {now.weight}" if was and now and was.weight != now.weight else str(server.weight)
    roles = [each.role for each in (was, now) if each]
    role = "" if set(roles) == {"active"} else f" ({' → '.join(dict.fromkeys(roles))})"
    sides = (
        percent(was.share).strip() if was else "new" if known_before else "–",
        percent(now.share).strip() if now else "gone" if known_after else "–",
    )
    return f"| {cell(name + role)} | {cell(server.address)} | {weight} | {sides[0]} | {sides[1]} |"


def _findings(what: str, findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return []
    rows = [f"| {SIGNS[f.severity]} | {cell(str(f.location))} | {cell(f.rule)} | {cell(f.message)} |" for f in findings[:MOST_LISTED]]
    if len(findings) > MOST_LISTED:
        rows.append(f"| | | | and {len(findings) - MOST_LISTED} more |")
    head = f"{len(findings)} finding{'s' if len(findings) > 1 else ''} {what}"
    table = ["| severity | where | rule | what |", "|---|---|---|---|", *rows]
    return [f"<details{' open' if what == 'gained' else ''}><summary>{head}</summary>", "", *table, "", "</details>", ""]
