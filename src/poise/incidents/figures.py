"""Figures and evidence in words, the same everywhere, so that one number never stands in two forms."""

from poise.model.evidence import Evidence


def percent(ratio: float) -> str:
    """0.989 → 98.9 %, 0.25 → 25 %, 0.0037 → 0.37 %, 0.99995 → 99.995 %: enough digits to tell it from nothing and from all."""
    value = 100 * ratio
    for digits in (1, 2, 3):
        text = f"{value:.{digits}f}"
        if (value == 0 or float(text) != 0) and (ratio == 1 or float(text) != 100) and (abs(value) >= 1 or digits > 1):
            break
    return f"{text.rstrip('0').rstrip('.')} %"


def figure(value: float | str | None, observable: str = "") -> str:
    """A figure of that observable: shares and ratios in per cent, other numbers to four digits, words as they are."""
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value
    name = observable.lower()
    if ("share" in name or "ratio" in name) and 0 <= value <= 1:
        return percent(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def evidence_words(evidence: Evidence) -> str:
    """share of app1: 98.9 %, expected 25 % (show stat)."""
    observed, wanted = figure(evidence.observed, evidence.observable), figure(evidence.expected, evidence.observable)
    expected = "" if evidence.expected is None else ", as expected" if observed == wanted else f", expected {wanted}"
    source = f" ({evidence.source})" if evidence.source else ""
    return f"{evidence.observable}: {observed}{expected}{source}"


def strongest(evidence: tuple[Evidence, ...], speaking_for: bool, count: int) -> tuple[Evidence, ...]:
    """The evidence that speaks most for (or against), strongest first."""
    chosen = [e for e in evidence if (e.bits > 0 if speaking_for else e.bits < 0)]
    return tuple(sorted(chosen, key=lambda e: -abs(e.bits))[:count])
