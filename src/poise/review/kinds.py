"""What kind of event a line of a timeline tells: detection, action, hypothesis, cause, mitigation, resolution. By its words."""

import re

from poise.model.light import dataclass
from poise.model.postmortem import EventKind
from poise.model.regexp import regexp

_RESOLVED = regexp(
    r"\b(?:fully |completely |all )?(?:restored|resolved|recovered|back (?:online|up|to normal|in service)"
    r"|returned to normal|returns? to normal|normal(?: service| operations?)? resum"
    r"|all[- ]clear|incident (?:is |was )?(?:closed|over)|(?:full|complete) (?:recovery|restoration)|(?:is|was|are"
    r"|were) (?:up|healthy|normal) again|service normal"
    r"|fully operational|operating normally|everything (?:is |was )?(?:fine|normal|green)|declared (?:over|resolved|closed))",
    re.IGNORECASE,
)
_PARTLY = regexp(
    r"\b(?:partial(?:ly)?|some (?:of the )?(?:users|services?|customers|requests|traffic)|begin|began|begins"
    r"|start(?:s|ed)?|slowly|gradual(?:ly)?|improv\w+)\b",
    re.IGNORECASE,
)
_MITIGATED = regexp(
    r"\b(?:mitigat\w+|roll(?:ed|s|ing)?[- ]?back|rollback|revert(?:ed|s|ing)?|fail(?:ed|s)?[- ]?over|failover"
    r"|work ?around|hot ?fix(?:ed)?|patch(?:ed)?"
    r"|(?:fix|change|correction|correct\w* \w*\s?\w*\s?configuration|configuration|patch|update)\b.{0,40}\b(?:applied"
    r"|deployed|pushed|rolled out|released|live|merged|implemented|in place|completed?)"
    r"|(?:appl(?:y|ied|ies)|deploy(?:ed|s)?|push(?:ed)?|implement(?:ed|s)?|release[ds]?|ship(?:ped)?) (?:the |a "
    r"|an )?(?:\w+ ){0,3}(?:fix|patch|correction|workaround|configuration)"
    r"|(?:was|were|is) (?:fixed|corrected|disabled|scaled|replaced|renewed|drained|increased|raised|switched off|turned off)"
    r"|(?:fixed|corrected|renewed|reconfigured|rebooted|restarted|re-?enabled|scaled (?:up|out)|drained|re-?routed"
    r"|throttled|rate.?limited|killed|terminated|replaced|reinstalled)\b"
    r"|errors? (?:rate )?(?:drop|fall|fell|declin|decreas|subsid|went down|stopp?)|(?:error rate|latency) (?:drop"
    r"|fell|fall|return|declin|decreas)|traffic (?:was )?(?:shifted|moved|drained)"
    r"|(?:begin|began|start(?:s|ed)?) (?:to )?(?:recover|drop)|recovering|recovery (?:begins|began|starts|started))",
    re.IGNORECASE,
)
_FOUND = regexp(
    r"\b(?:root cause|cause (?:was |is |has been )?(?:identified|found|confirmed|established|known|clear)"
    r"|(?:the )?(?:actual|real|true|underlying) (?:cause|problem|issue|reason)"
    r"|(?:identif(?:y|ied|ies)|discover(?:ed|s|y)?|pinpoint(?:ed|s)?|trac(?:ed|es) (?:it |this "
    r"|the \w+ )?(?:back )?to|isolat(?:ed|es)|reali[sz]e[ds]?|turned out|narrowed (?:it )?down|figured out"
    r"|determin(?:ed|es)"
    r"|found (?:that|the|a|an|to be|it|out)|finds? (?:that|the|a|an)\b|spotted|uncover(?:ed|s)|confirm(?:ed"
    r"|s) (?:that|as|the|it)|reveal(?:ed|s)|diagnos(?:ed|es)))",
    re.IGNORECASE,
)
_SUSPECTED = regexp(
    r"\b(?:suspect\w*|suspicion|hypothes\w+|assum(?:ed|es|ing|ption)|theor(?:y|ies)|believ(?:ed|es|ing)|thought (?:to"
    r"|it|that|the)|thinking|guess(?:ed)?|maybe|might be|could be|possibly|presumed|attributed to"
    r"|focus(?:ed|es|ing)? on|ruled? out|rules out|ruling out|exonerat\w+|appear(?:s|ed) to be|looks? like"
    r"|looked like|seem(?:s|ed) (?:to be|like)|misle\w+|red herring|blam(?:ed|es|ing)|false lead|wrong (?:lead|track"
    r"|path))",
    re.IGNORECASE,
)
_DETECTED = regexp(
    r"\b(?:alert(?:s|ed|ing)?|alarms?|page[ds]?\b|paging|pager(?:duty)?|opsgenie|nagios|zabbix|pingdom|prometheus"
    r"|datadog|grafana|sentry|uptimerobot|statuscake|new relic|cloudwatch|monitor(?:s|ing|ed)?|dashboards?|synthetic"
    r"|probes?|health ?checks? (?:fail|start|began|turn)"
    r"|notic(?:ed|es|ing)|detect(?:ed|s|ion)?|report(?:s|ed|ing)?|complain(?:ts?|ed|s|ing)?|ticket(?:s)?|notified"
    r"|notification|observed|spotted|became aware|support (?:calls?|receives?|received|desk|requests?)|tweets?"
    r"|users? (?:call|write|wrote|flag|flagged)|flag(?:ged|s))\b",
    re.IGNORECASE,
)
_HUMAN = regexp(
    r"\b(?:investigat\w+|acknowledg\w+|acks?\b|acked|engag\w+|join(?:s|ed)?|call(?:s|ed)? in|escalat\w+|check(?:s|ed"
    r"|ing)?|look(?:s|ed|ing)? (?:at|into|in|through)|restart\w*|reboot\w*|contact\w*|inspect\w*|examin\w*|review(?:s"
    r"|ed|ing)?|debug\w*|troubleshoot\w*"
    r"|declar(?:ed|es)|open(?:s|ed)? (?:an? |the )?(?:incident|ticket|case|bridge|war|call)|incident (?:is "
    r"|was )?(?:declared|opened)|war room|bridge|assembl\w+|respond(?:s|ed|ing)?|triag\w+|on-?call|engineers?|team"
    r"|sre|ops\b|operator|we\b|log(?:s|ged)? (?:in|into)|tried|tries|attempt\w*|test(?:s|ed|ing)?|increas\w+|decid\w+"
    r"|began|start(?:s|ed) (?:to |work|look|check)|work(?:s|ed|ing) on|analy[sz]\w+|verif\w+|post(?:s|ed) (?:to|on"
    r"|an?|the)|update[ds]?|message[ds]?|announc\w+)\b",
    re.IGNORECASE,
)
_BEGINS = regexp(
    r"\b(?:outage|incident|impact|disruption|degradation|downtime|failures?|errors?|problems?|issues?|timeouts?"
    r"|latency|slowness)\b.{0,25}\b(?:begins?|began|starts?|started|onset|first (?:seen|appear\w*)|occur(?:s|red)?)"
    r"|\b(?:first|initial|start of|beginning of|onset of)\b.{0,25}\b(?:errors?|failures?|outage|impact|failed|timeouts?|incident|5\d\d)"
    r"|\b(?:begin|began|begins|start|starts|started)\b.{0,14}\b(?:failing|to fail|returning|receiving|seeing|to see"
    r"|to receive|to return|serving (?:errors|5)|timing out|to time out|throwing|dropping|rejecting|degrad\w+"
    r"|to degrade|experiencing|to experience)"
    r"|\b(?:goes|went|go|gone|going) (?:down|offline|dark|unavailable)|\b(?:became|becomes|become|was|were|is"
    r"|are) (?:down|unreachable|unavailable|inaccessible|unresponsive|not (?:reachable|available|responding))"
    r"|stop(?:s|ped) (?:responding|serving|working|accepting|answering)|crash(?:es|ed)?\b|\bcannot (?:reach|log|open"
    r"|connect)|(?:users?|customers?|clients?) (?:could not|cannot|are unable|were unable|unable|began|begin|start)",
    re.IGNORECASE,
)
_CHANGES = regexp(
    r"\b(?:deploy(?:s|ed|ment|ing)?|releas(?:e|ed|es)|merg(?:e|ed|es)|migrat\w+|upgrad\w+|maintenance"
    r"|config(?:uration)? (?:change|push|update)|change (?:was |is )?(?:made|applied|pushed|rolled|merged|deployed"
    r"|goes|went)|roll(?:ed|s)? out|roll-?out|push(?:ed|es)?|expir\w+"
    r"|commit(?:ted|s)?|switched|enabled|added|removed|rotated|cron|launched|reload(?:ed|s)?)\b",
    re.IGNORECASE,
)
_NEGATED = regexp(

        r"\b(?:not|no|without|never|isn't|wasn't|didn't|unable to|fail(?:s|ed|ing)? to|could not|couldn't|still"
        r"|attempt(?:s|ed|ing)? to|tr(?:y|ies|ied|ying) to|before|until|awaiting|waiting|expected to|should|will|would"
        r"|to be|plan\w* to|doesn't|does not|did not)\b[^.;,]{0,30}$",
    re.IGNORECASE,
)  # fmt: skip
_AFTER = regexp(
    r"^[^.;,]{0,30}\b(?:did not help|didn't help|no effect|no improvement|without (?:success|effect|result)|failed"
    r"|fails|does not help|doesn't help|no change)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """The kind, and whether harm began with the event and whether it is a change that may have caused the rest."""

    kind: EventKind
    starts: bool = False
    changes: bool = False
    partial: bool = False


def told(text: str) -> Told:
    """What kind of event these words tell."""
    starts = bool(_BEGINS.search(text))
    suspected = _SUSPECTED.search(text)
    found = _sure(_FOUND, text)
    resolved = _sure(_RESOLVED, text)
    mitigated = _sure(_MITIGATED, text)
    partial = bool(_PARTLY.search(text))
    changes = bool(_CHANGES.search(text))
    if suspected and not (found and "root cause" in text.lower()) and not resolved:
        return Told("hypothesis")
    if resolved and not (partial and not mitigated and "fully" not in text.lower()):
        return Told("resolution")
    if resolved or mitigated:
        return Told("mitigation", changes=changes, partial=partial)
    if found and not starts:
        return Told("cause", changes=changes)
    if _DETECTED.search(text) and not _only_scheduled(text):
        return Told("detection", starts, changes)
    if starts:
        return Told("other", True, changes)
    if _HUMAN.search(text):
        return Told("action", changes=changes)
    return Told("other", changes=changes)


def _sure(pattern: re.Pattern[str], text: str) -> bool:
    """Whether one of the pattern's words is said without "not", "tried to", "without success"."""
    for match in pattern.finditer(text):
        if not _NEGATED.search(text[max(0, match.start() - 45) : match.start()]) and not _AFTER.match(text[match.end() : match.end() + 60]):
            return True
    return False


def _only_scheduled(text: str) -> bool:
    return bool(
        regexp(
            r"\b(?:no alerts?|alert(?:s|ing)? (?:was|were) (?:silenced|muted|disabled)|added (?:an? )?alert"
            r"|status (?:page )?update)",
            re.IGNORECASE,
        ).search(text)
    )
