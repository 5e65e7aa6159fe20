"""`poise explain`: the page of a rule, a fault, a detector, a drill or a chapter of the guide, and the list of them."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches

from poise.app.drill_pages import drill_page
from poise.app.fault_table import Row, table
from poise.app.guide import guide
from poise.detectors import DETECTORS, Detector
from poise.detectors.acceptance_ended import DETECTOR as ACCEPTANCE_ENDED
from poise.detectors.pair_drift import DETECTOR as PAIR_DRIFT
from poise.detectors.review_worse import DETECTOR as REVIEW_WORSE
from poise.drills.scenarios import SCENARIOS, scenario
from poise.faults import FAULTS
from poise.incidents.durations import words
from poise.model.fault import Fault
from poise.reading.products import TITLES
from poise.review.rule import ReviewRule
from poise.review.rules import RULES as REVIEW_RULES
from poise.rules import RULES
from poise.rules.ignore import RULE_NAME
from poise.rules.rule import Rule

# Those that judge more than a window: the watch puts them beside the others.
BESIDE = (PAIR_DRIFT, REVIEW_WORSE, ACCEPTANCE_ENDED)
TO_DO = (
    "## What to do",
    "",
    "`poise diagnose --live CONFIG` says which layer is at fault, and the evidence for and against it;",
    "`poise alert ack ID` tells others that you have it in hand.",
)


def listing() -> str:
    """All rules, of audit and of review, all faults, drills and chapters of the guide with their summaries, as Markdown."""
    rules = [f"- `{r.name}` ({r.severity}): {r.summary}" for r in RULES]
    faults = [f"- `{unit.FAULT.name}` ({unit.FAULT.layer}): {unit.FAULT.title}" for unit in FAULTS]
    reviews = [f"- `{rule.name}` ({rule.severity}): {rule.summary}" for rule in REVIEW_RULES]
    chapters = [f"- `{each.name}`: {each.summary}" for each in guide().values()]
    drills = [f"- `{each.id}`: {each.title}" for each in SCENARIOS]
    parts = {"Rules": rules, "Rules of review": reviews, "Faults": faults, "Drills": drills, "The guide": chapters}
    return "\n".join(line for title, lines in parts.items() for line in (f"# {title}", "", *lines, ""))


def page(name: str) -> str | None:
    """The page of that name as Markdown. A name that is both a rule and a fault gets both pages; an unknown one None."""
    rule = RULES.named(name)
    fault = next((unit.FAULT for unit in FAULTS if unit.FAULT.name == name), None)
    parts = [rule_page(rule)] if rule else []
    if fault:
        parts.append(fault_page(fault, next(row for row in table() if row.fault == fault.name)))
    detector = next((each for each in (*DETECTORS, *BESIDE) if page_name(each) == name.replace("_", "-")), None)
    if detector:
        parts.append(detector_page(detector))
    parts += [review_rule_page(each) for each in REVIEW_RULES if each.name == name]
    if name == RULE_NAME:
        parts.append(ignore_page())
    if (drill := scenario(name)) is not None:
        parts.append(drill_page(drill))
    if name in guide():
        parts.append(guide()[name].text)
    return "\n".join(parts) or None


def page_name(detector: Detector) -> str:
    """A detector's name as pages are called."""
    return detector.name.replace("_", "-")


def detector_page(detector: Detector) -> str:
    """What the detector looks at, in its own words, and how patient its alert is."""
    said = (sys.modules[detector.judge.__module__].__doc__ or "").strip() if hasattr(detector.judge, "__module__") else ""
    policy = detector.policy
    looks = f"{policy.n} of the last {policy.m} looks" if policy.m > 1 else "a look"
    waits = f" and it has been so for {words(policy.for_)}" if policy.for_ else ""
    faults = ", ".join(f"`{fault}`" for fault in detector.faults) or "any fault may cause it: `poise diagnose` says which"
    when = f"When {looks} found it{waits}; it goes on for {words(policy.keep_firing_for)} after it was seen last."
    if detector in (REVIEW_WORSE, ACCEPTANCE_ENDED):
        when = "When a review finds it, until one does not. Nobody is woken."
    told = ["## What to do", "", detector.remedy] if detector.remedy else ["## What it may be", "", faults, "", *TO_DO]
    return "\n".join(
        [
            f"# {page_name(detector)}",
            "",
            said,
            "",
            "## When it alerts",
            "",
            when,
            "",
            *told,
            "",
        ]
    )


def suggestions(name: str) -> Sequence[str]:
    """Names close to a mistyped one. That of the fault which is none is not what anybody meant."""
    reviews = [rule.name for rule in REVIEW_RULES]
    names = dict.fromkeys(
        [
            *RULES.names,
            *reviews,
            *(u.FAULT.name for u in FAULTS if u.FAULT.name != "none"),
            *map(page_name, (*DETECTORS, *BESIDE)),
            *(each.id for each in SCENARIOS),
            *guide(),
        ]
    )
    return get_close_matches(name, list(names), n=3)


def rule_page(rule: Rule) -> str:
    """The rule's docstring with its metadata above."""
    _, _, body = (rule.page or "").strip().partition("\n")
    fault = (
        f"prevents {'the faults' if rule.also else 'the fault'} {', '.join(f'[{name}](../faults/{name}.md)' for name in rule.faults)}"
        if rule.fault
        else f"prevents no fault that poise tells from measurements: {rule.because}"
    )
    subject = rule.subject.__name__.lower()
    products = ", ".join(TITLES[product] for product in rule.products)
    head = [
        f"# {rule.name}",
        "",
        rule.summary,
        "",
        f"*{rule.severity}, confidence {rule.confidence}; {products}; looks at each {subject}; {fault}.*",
        "",
    ]
    accept = [
        "## To accept it",
        "",
        f"In the configuration, on the line or above it: `# poise: ignore[{rule.name}] the reason`; for a whole pool",
        "[where it begins](ignore-comment.md). Or in `poise.toml`, with an end:",
        "",
        "```toml",
        f"[accept.{rule.name}]",
        'pool = "web"',
        'by = "who decided"',
        'because = "why it is right here"',
        "until = 2027-01-31",
        "```",
        "",
    ]
    return "\n".join([*head, body.strip(), "", *accept])


def review_rule_page(rule: ReviewRule) -> str:
    """The docstring of a rule of review with its severity above."""
    _, _, body = (rule.page or "").strip().partition("\n")
    kind = {"error": "a contradiction", "warning": "an omission that matters", "info": "worth knowing"}[rule.severity]
    return "\n".join([f"# {rule.name}", "", rule.summary, "", f"*{rule.severity}, {kind}; of `poise review`.*", "", body.strip(), ""])


def fault_page(fault: Fault, row: Row) -> str:
    """What the fault is, what it looks like, what else looks like it, and what poise has against it."""
    layers = ", ".join(fault.layers)
    confused = [f"- `{name}`: {test}" for name, test in fault.confused_with] or ["- nothing known"]
    return "\n".join(
        [
            f"# {fault.name}",
            "",
            f"{fault.title}",
            "",
            f"*Layer {layers}; mechanism {fault.mechanism}.*",
            "",
            *("## What it looks like", "", fault.looks_like, ""),
            *("## What speaks against it", "", fault.speaks_against, ""),
            *("## Remedy", "", fault.remedy, ""),
            *("## What is taken for it, and the test that tells", "", *confused, ""),
            *("## What poise has", "", f"- rules: {_named(row.rules, row.unruled)}", f"- detectors: {_named(row.detectors)}"),
            f"- diagnosis: {'yes' if row.diagnosis else '**none**'}",
            f"- plan of repair, or advice on who can: {'yes' if row.remedy else '**none**'}",
            "",
        ]
    )


def ignore_page() -> str:
    """The page of the one finding that is about comments and acceptances, not about the configuration."""
    return "\n".join(
        [
            f"# {RULE_NAME}",
            "",
            "A `# poise: ignore[rule-name] reason` comment names no rule, or an unknown one, or gives no reason; or nothing needs it,",
            "or not all of the rules that it names.",
            "A comment is written almost so, in another case or without the colon, and silences nothing.",
            "An acceptance in `poise.toml` for a pool that was read accepts nothing.",
            "",
            "*warning, info where nothing needs it; confidence high.*",
            "",
            "## Where a comment counts",
            "",
            "It stands on the line of the finding, or alone above it, and silences the rules in the bracket there only. On the line that",
            "opens a pool, a listener or a server (or alone above that line) it silences them for all that is found inside:",
            "",
            "```nginx",
            "upstream web {  # poise: ignore[uneven-weights] app1 is four machines",
            "    server app1:80 weight=100;",
            "    server app2:80;",
            "}",
            "```",
            "",
            "JSON has no comments: accept the finding in `poise.toml`, for a pool, a server or a file:",
            "",
            "```toml",
            "[accept.uneven-weights]",
            'pool = "web"           # leave out a key to accept it in all of them',
            'server = "app1:80"',
            'file = "conf.d/web.conf"',
            'by = "who decided"',
            'because = "why it is right here"',
            "until = 2027-01-31",
            "```",
            "",
        ]
    )


def _named(names: Sequence[str], unruled: str = "") -> str:
    return ", ".join(f"`{n}`" for n in names) if names else f"none could warn: {unruled}" if unruled else "**none**"
