"""poise keeps a load-balanced web service level and its incidents short.

AT REST    config text ─ syntax ─> Document ─ lower ─> Topology ─┬─ rules ───> Finding ──> text | json | sarif | markdown
                                       needs (poise.toml) ───────┴─ balance ─> Forecast (shares, N-1, surge, traffic diff)
IN MOTION  live stack ─ scrape/probe ─> Sample ─> Window ─ detectors ─> Verdict ─ alerting ─> Alert (pending|firing|resolved)
               └─> Incident ─ diagnosis ─> Diagnosis (hypotheses, evidence for/against) ─ remedies ─> Plan ─> verified ─> Postmortem
IN TRAINING scenario ─ drills ─> a real stack with a real fault ─> the same road ─> Score, Debrief

============  ==================================================================================  ====
package       what it does                                                                        kind
============  ==================================================================================  ====
model         the nouns: frozen facts, import nothing of ours                                     pure
balancers     one folder per product: syntax, lower, split (pure); scrape, control (I/O)          both
balance       forecast, N-1, traffic diff; tests of unevenness                                    pure
rules         one rule, one file: rules/<theme>/<name>.py                                         pure
detectors     one detector, one file                                                              pure
alerting      pending, firing, resolved, no-data                                                  pure
faults        one known way to fail, one file                                                     pure
diagnosis     evidence from samples and changes; ranking; the next best check                     pure
incidents     timeline, hypothesis board, postmortem writer                                       pure
review        reads a postmortem, finds what contradicts and what is missing                      pure
report        facts -> text, json, sarif, markdown, html                                          pure
reading       configurations of any product from files and folders, as topologies               I/O
traffic       access logs: their formats (pure), a growing one, syslog                            both
probes        active measurement: client, hops, database                                          I/O
store         what is kept: the incident log                                                      I/O
lab           the real stack: servers, load, faults, relay                                        I/O
daemon        the loop: scrape, judge, alert, diagnose, record                                    I/O
app           the wiring: one function per command                                                I/O
cli           the commands, thin                                                                  I/O
============  ==================================================================================  ====

As a library: `predict`, `audit` and `diff` take the text of a configuration (docs/how-to/use-as-a-library.md).
"""

# The module `typing` would cost every command more than this one; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from poise.app.library import audit, diff, predict
    from poise.model.audit import Audit
    from poise.model.forecast import ConfigurationDiff, Forecast
    from poise.model.needs import Needs, PoolNeeds

__all__ = ["Audit", "ConfigurationDiff", "Forecast", "Needs", "PoolNeeds", "__version__", "audit", "diff", "predict"]
__version__ = "0.1.0"

# What others may use, and where it stands: imported when it is asked for, as every command begins with this module.
_PLACES = {
    **dict.fromkeys(("audit", "diff", "predict"), "poise.app.library"),
    "Audit": "poise.model.audit",
    **dict.fromkeys(("ConfigurationDiff", "Forecast"), "poise.model.forecast"),
    **dict.fromkeys(("Needs", "PoolNeeds"), "poise.model.needs"),
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'poise' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - as above

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
