"""`poise diff` for people: what moves, before and after, and which needs it breaks."""

from collections.abc import Mapping

from poise.model.finding import Finding
from poise.model.forecast import ConfigurationDiff, PoolDiff
from poise.report.bars import bar, percent
from poise.report.diff_story import headline, is_quiet, ordered, quiet
from poise.report.findings_text import excluded
from poise.report.forecast_text import ending
from poise.report.printable import one_line

BAR_CELLS = 20
MOST_ROUTES = 12


def text(change: ConfigurationDiff) -> str:
    """Plain characters without colour, a trailing newline included."""
    ranked = ordered(change.pools)
    told = [pool for pool in ranked if not is_quiet(pool)]
    blocks = [_pool(pool) for pool in told]
    if len(ranked) > 1 or not told:
        blocks.insert(0, one_line(headline(change)))
    if len(ranked) > 1 and len(told) < len(ranked):
        blocks.append(one_line(quiet([pool for pool in ranked if is_quiet(pool)])))
    if change.routes:
        more = len(change.routes) - MOST_ROUTES
        told_of = [f"  {route.story}  {route.file}:{route.line}" for route in change.routes[:MOST_ROUTES]]
        told_of += [f"  and {more} more (all of them with --format json)"] if more > 0 else []
        blocks.append("\n".join(one_line(line) for line in ("routes", *told_of)))
    for title, findings in (("findings gained", change.findings_gained), ("findings lost", change.findings_lost)):
        if findings:
            blocks.append("\n".join((f"{title}:", *(_finding(f) for f in findings))))
    blocks += ending(change.could_not, change.remarks)
    if change.excluded:
        blocks.append(f"{excluded(change.excluded)}.")
    return "\n\n".join(blocks) + "\n"


def _finding(finding: Finding) -> str:
    return one_line(f"  {finding.severity} {finding.rule} {finding.location}: {finding.message}")


def _pool(pool: PoolDiff) -> str:
    lines = [pool.story]
    if pool.share_moved > 0 and pool.before and pool.after:
        before, after = ({(s.address, s.server): s for s in side} for side in (pool.before, pool.after))
        by_address = {s.address: s for s in pool.before}
        shown = _shown(pool)
        width = max(map(len, shown.values()))
        for key, s in after.items():
            old = before.get(key) or by_address.get(s.address)
            was = percent(old.share if old else 0.0)
            lines.append(f"  {shown[s.server, s.address].ljust(width)}  {was} → {percent(s.share)}  {bar(s.share, BAR_CELLS)}".rstrip())
        kept = {s.address for s in pool.after}
        lines += [
            f"  {shown[s.server, s.address].ljust(width)}  {percent(s.share)} →    gone" for s in pool.before if s.address not in kept
        ]
    if pool.keys_moved is not None:
        lines.append(f"  {percent(pool.keys_moved).strip()} of the keys change servers")
    lines += [f"  breaks a need  {check.need}: {check.detail}" for check in pool.needs_broken]
    lines += [f"  meets a need again  {check.need}: {check.detail}" for check in pool.needs_repaired]
    return "\n".join(one_line(line) for line in lines)


def _shown(pool: PoolDiff) -> Mapping[tuple[str, str], str]:
    """Each server as it is called here: with its address where that is not the same before and after."""
    servers = dict.fromkeys((s.server, s.address) for s in (*pool.before, *pool.after))
    if {s.address for s in pool.before} == {s.address for s in pool.after}:
        return {each: each[0] for each in servers}
    width = max(len(name) for name, _ in servers)
    return {(name, address): name if name == address else f"{name.ljust(width)}  {address}" for name, address in servers}
