"""Action items that follow from what was found, one for each kind that nobody noted yet. Each begins with a verb and has a measure."""

from poise.incidents.durations import durations, words
from poise.incidents.figures import figure, strongest
from poise.model.diagnosis import Diagnosis
from poise.model.fault import Layer
from poise.model.incident import ActionItem, ActionKind, Incident
from poise.model.plan import Plan

PREVENT: dict[Layer, str] = {
    "load-balancer": "Run poise audit and poise diff on each change of the configuration of {component} before it is deployed; "
    "refuse the change when either exits with 1",
    "application": "Add a test at the declared peak load to the release of {component}; refuse the release when p99 exceeds the objective",
    "database": "Add a test to the release checks that refuses a change when a statement of {component} waits longer than 1 s for a lock "
    "or reads over 100 rows for each row it returns",
    "network": "Add a second path beside {component}; the loss of either path fails 0 requests in a drill",
    "demand": "Set a limit at the listener at the declared peak; requests above it are refused within 1 s, the others keep the objective",
    "outside": "Add a fallback for {component}; requests keep their objective while it does not answer for 5 min",
}


def proposed(incident: Incident, diagnosis: Diagnosis | None = None, plan: Plan | None = None) -> tuple[ActionItem, ...]:
    """Items of the kinds prevent, detect and mitigate that the incident lacks, and process where time went to wrong hypotheses.

    Texts hold others' words unescaped. Empty where no fault was found: there is nothing to name then.
    """
    layer, component, fault = cause(incident, diagnosis)
    if layer is None:
        return ()
    spent = durations(incident)
    texts: list[tuple[ActionKind, str]] = []
    if layer in PREVENT:
        texts.append(("prevent", PREVENT[layer].format(component=component)))
    signs = strongest(diagnosis.best.evidence, True, 1) if diagnosis is not None and diagnosis.verdict == "fault" else ()
    sign = f"{signs[0].observable} differs from {figure(signs[0].expected, signs[0].observable)}" if signs else "it breaks its objective"
    drill = "" if fault is None else f"; prove it with poise demo --fault {fault}"
    texts.append(("detect", f"Alert the owner of {component} within 60 s when {sign}{drill}"))
    steps = f"the {len(plan.steps)} steps of the plan" if plan is not None and plan.steps else "the repair"
    took = "" if spent.to_cause is None or spent.to_mitigate is None else _since_cause(incident)
    texts.append(("mitigate", f"Add {steps} to the runbook of {component}, with at most 5 min from cause to repair{took}"))
    if spent.wrong.total_seconds() >= 60:
        lost = words(spent.wrong)
        text = f"Run poise diagnose within 5 min of each page, before a team is engaged ({lost} went to wrong hypotheses here)"
        texts.append(("process", text))
    present = {item.kind for item in incident.action_items}
    return tuple(ActionItem(text, kind) for kind, text in texts if kind not in present)


def cause(incident: Incident, diagnosis: Diagnosis | None) -> tuple[Layer | None, str, str | None]:
    """Layer, component and fault that were to blame: by the diagnosis, else by the confirmed hypothesis, else (None, "", None)."""
    if diagnosis is not None and diagnosis.verdict == "fault" and diagnosis.hypotheses:
        best = diagnosis.best
        return best.layer, best.component, best.fault
    confirmed = next((h for h in incident.hypotheses if h.state == "confirmed"), None)
    return (None, "", None) if confirmed is None else (confirmed.layer, f"the {confirmed.layer}", None)


def _since_cause(incident: Incident) -> str:
    took = incident.times["mitigated"].at - incident.times["cause_found"].at
    return f" ({words(took)} here)" if took.total_seconds() >= 0 else ""
