"""What a review says against the one before it: worse, and by what. Pure."""

from collections import Counter
from collections.abc import Sequence

from poise.model.alert import Verdict
from poise.model.finding import SEVERITY_ORDER, Severity
from poise.model.reviewed import Reviewed, ReviewedFinding

WORSE, ENDED = "review_worse", "acceptance_ended"
MOST_NAMED = 5


def review_verdicts(before: Reviewed | None, after: Reviewed) -> tuple[Verdict, Verdict]:
    """Is it worse than the last one, and has an acceptance ended? The first review of all is compared with nothing.

    Where something could not be reviewed, nothing is said to be in order: the state is unknown unless what was seen is worse already.
    """
    return _worse(before, after), _ended(after)


def gained(before: Reviewed, after: Reviewed) -> tuple[ReviewedFinding, ...]:
    """Findings of `after` that `before` had not, or not as often; those for information are nobody's harm."""
    left = Counter(finding.key for finding in before.findings)
    new = []
    for finding in after.findings:
        if left[finding.key] > 0:
            left[finding.key] -= 1
        elif finding.severity != "info":
            new.append(finding)
    return tuple(sorted(new, key=lambda finding: -SEVERITY_ORDER.index(finding.severity)))


def _worse(before: Reviewed | None, after: Reviewed) -> Verdict:
    component = f"load-balancer {after.load_balancer}"
    if before is None:
        return Verdict(WORSE, component, "ok", "warning", False, "the first review: there is none to compare it with", _missed(after))
    new = gained(before, after)
    was_unmet = {(need.pool, need.need) for need in before.unmet}
    broken = [need for need in after.unmet if (need.pool, need.need) not in was_unmet]
    drifted = [words for words in after.drift if words not in before.drift]
    parts = [
        *([f"{_count(len(new), 'new finding')} ({_named([f.rule for f in new])})"] if new else []),
        *([f"{_count(len(broken), 'need')} no longer met ({_named([f'{n.pool}: {n.need}' for n in broken])})"] if broken else []),
        *([f"{_count(len(drifted), 'new difference')} between the file and what runs"] if drifted else []),
    ]
    if not parts:
        state = "unknown" if after.could_not else "ok"
        said = "not all of it could be reviewed" if after.could_not else "no worse than the last review"
        return Verdict(WORSE, component, state, "warning", False, said, _missed(after))  # type: ignore[arg-type]
    since = f"since the review of {before.at:%Y-%m-%d %H:%M} UTC"
    details = [*(f.message for f in new), *(f"{n.pool}: {n.detail}" for n in broken), *drifted]
    severity: Severity = "error" if broken or any(f.severity == "error" for f in new) else "warning"
    reason = "; ".join([*details[:MOST_NAMED], *([f"and {len(details) - MOST_NAMED} more"] if len(details) > MOST_NAMED else [])])
    figures = {"gained": float(len(new)), "broken": float(len(broken)), "drifted": float(len(drifted))}
    # Nobody is woken for what a review finds: what harms clients now has alerts of its own.
    said = f"the configuration of {after.load_balancer} is worse {since}: {', '.join(parts)}"
    return Verdict(WORSE, component, "bad", severity, False, said, f"{reason}{_missed(after, '. ')}", figures=figures)


def _ended(after: Reviewed) -> Verdict:
    component = f"load-balancer {after.load_balancer}"
    if not after.ended:
        ending = [f"{a.rule}{_of(a.pool)} ends on {a.until}, accepted by {a.by}" for a in after.ending]
        return Verdict(ENDED, component, "ok", "warning", False, "no acceptance has ended", "; ".join(ending))
    named = _named([f"{a.rule}{_of(a.pool)}" for a in after.ended])
    words = [f"{a.rule}{_of(a.pool)}: accepted by {a.by} until {a.until}" for a in after.ended]
    said = f"{_count(len(after.ended), 'accepted finding')} of {after.load_balancer} no longer accepted: {named}"
    remedy = "mend it, or have somebody accept it again with a new date in poise.toml"
    return Verdict(ENDED, component, "bad", "warning", False, said, f"{'; '.join(words[:MOST_NAMED])}; {remedy}")


def _missed(after: Reviewed, before: str = "") -> str:
    if not after.could_not:
        return ""
    return before + "not reviewed: " + "; ".join(f"{each.what}: {each.reason}" for each in after.could_not[:MOST_NAMED])


def _of(pool: str | None) -> str:
    return "" if pool is None else f" of pool {pool}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _named(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(names))
    return ", ".join(different[:MOST_NAMED]) + (f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else "")
