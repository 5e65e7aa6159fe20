"""A configuration described in Markdown: pools, algorithms, shares, losses, findings, accepted risks. Pure."""

from collections.abc import Iterator

from poise.model.audit import Audit
from poise.model.forecast import Forecast, PoolForecast
from poise.report.findings_markdown import SIGNS, cell
from poise.report.forecast_text import failing


def markdown(audit: Audit, forecast: Forecast) -> str:
    """One page for the people who run this configuration."""
    lines = ["# How this configuration spreads traffic", "", f"Read: {', '.join(cell(r.file) for r in audit.read) or 'nothing'}.", ""]
    for pool in forecast.pools:
        lines += _pool(pool)
    lines += ["## Findings", ""]
    lines += [
        f"- {SIGNS[f.severity]} {cell(str(f.location))} {cell(f.rule)}: {cell(f.message)}. {cell(f.remedy)}" for f in audit.findings
    ] or ["None."]
    lines.append("")
    if audit.accepted:
        lines += ["## Accepted risks", ""]
        lines += [
            f"- {cell(f.rule)}: {cell(f.message)}. Accepted by {cell(a.by)} until {a.until}: {cell(a.because)}" for f, a in audit.accepted
        ]
        lines.append("")
    could_not = dict.fromkeys([*audit.could_not, *forecast.could_not])
    for title, entries in (("Could not", could_not), ("Not judged", audit.not_judged)):
        if entries:
            lines += [f"## {title}", "", *(f"- {cell(c.what)}{f':{c.line}' if c.line else ''}: {cell(c.reason)}" for c in entries), ""]
    return "\n".join(lines)


def _pool(pool: PoolForecast) -> Iterator[str]:
    yield f"## Pool {cell(pool.pool)}"
    yield ""
    yield f"Algorithm {cell(pool.algorithm)}; the shares are {pool.basis}. {cell(pool.file)}"
    yield ""
    yield "| server | address | role | weight | share | busy at peak |"
    yield "|---|---|---|--:|--:|--:|"
    for s in pool.servers:
        busy = "" if s.utilisation is None else f"{s.utilisation:.0%}"
        yield f"| {cell(s.server)} | {cell(s.address)} | {s.role} | {s.weight} | {s.share:.1%} | {busy} |"
    yield ""
    for loss in pool.without:
        busy = "" if loss.max_utilisation is None else f", the busiest at {loss.max_utilisation:.0%} of its capacity"
        then = f"{cell(loss.top)} gets the most, {loss.top_share:.1%}{busy}" if loss.top is not None else "nobody serves"
        then += f"; {fails}" if (fails := failing(loss)) else ""
        yield f"- without {cell(' and '.join(loss.lost))}: {then}"
    yield ""
    for need in pool.needs:
        yield f"- {'met' if need.met else '**not met**'}: {cell(need.need)}: {cell(need.detail)}"
    if pool.needs:
        yield ""
