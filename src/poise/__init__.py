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
report        facts -> text, json, sarif, markdown, html                                          pure
probes        active measurement: client, hops, database                                          I/O
store         what is kept: the incident log                                                      I/O
lab           the real stack: servers, load, faults, relay                                        I/O
daemon        the loop: scrape, judge, alert, diagnose, record                                    I/O
app           the wiring: one function per command                                                I/O
cli           the commands, thin                                                                  I/O
============  ==================================================================================  ====
"""

__version__ = "0.1.0"
