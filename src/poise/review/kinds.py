"""What kind of event a line of a timeline tells: detection, action, hypothesis, cause, mitigation, resolution. By its words."""

import re

from poise.model.light import dataclass
from poise.model.postmortem import EventKind
from poise.model.regexp import regexp


def _any(*words: str) -> "re.Pattern[str]":
    return regexp(rf"(?<!\w)(?:{'|'.join(words)})", re.IGNORECASE)


_WHOLE = r"(?:all|every|everything|everyone|last|both|full|fully|completely|remaining)\b"
_WELL = (
    r"(?:restored|resolved|recovered|back\b|normal|usual|working|operational|healthy|verified|delivered|booked"
    r"|reachable|connected|running|up\b|in use)"
)
_RESOLVED = _any(
    rf"{_WHOLE}[^.;]{{0,80}}\b{_WELL}",
    r"back (?:online|to normal|to (?:its|their) usual|in service|at \d)|(?:services?|systems?|sites?|website|access"
    r"|connectivity|traffic|functionality)"
    r" (?:is |was |were |are |has been |have been )?(?:fully )?(?:restored|recovered|back\b|resumed|normal)",
    r"return(?:s|ed)? to normal|(?:at|with) (?:its|their|the) (?:normal|usual)|(?:normal|usual) (?:speed|work"
    r"|operation|level|values?)\w* ?(?:again|resum\w+)?",
    r"(?:speed|rate|count|latency|times?|everything|operations?)\b[^.;]{0,20}\b(?:back to |as |is |are |at )?(?:normal|usual)",
    r"(?:issue|incident|problem|outage|alerts?) (?:was |is |has been |appears? "
    r"|marked (?:as )?)?(?:fully )?(?:resolved|closed|over|solved|cleared)",
    r"^resolved|resolved\W*(?:\(|$)|^recovery:|all[- ]clear|fully (?:restored|recovered|resolved|operational)|end of (?:the )?(?:incident"
    r"|outage)|queue (?:is |was )?(?:empty|worked off|drained)",
    r"operating normally|(?:confirm\w*|report\w*)[^.;]{0,30}\b(?:resolved|solved|works?\b|working|normal work"
    r"|restored)|(?:slow|down|outage|incident|exercise) ends",
)
_MITIGATED = _any(
    r"(?:impact|harm) (?:stopped|stops|ended|ends|is over)",
    r"mitigat\w+|roll(?:ed|s|ing)?[- ]?back|rollback|revert(?:ed|s|ing)?|back(?:ed|s)? out|fail(?:ed|s)?[- ]?over"
    r"|work ?around|hot ?fix(?:ed)?|patch(?:ed)?\b",
    r"(?:fix|change|correction|configuration|patch|statistics|keys?)\b[^.;]{0,40}\b(?:applied|deployed|pushed"
    r"|rolled out|released|live|merged|implemented"
    r"|in place|completed?|done|renewed)",
    r"(?:appl(?:y|ied|ies)|deploy(?:ed|s)?|push(?:ed)?|implement(?:ed|s)?|release[ds]?|ship(?:ped)?) (?:the |a "
    r"|an )?(?:\w+ ){0,3}(?:fix|patch|correction|workaround|configuration)",
    r"(?:was|were|is|are) (?:fixed|corrected|disabled|replaced|renewed|drained|increased|switched (?:off|over)"
    r"|turned off|taken out|excluded)",
    r"(?:fixed|corrected|renewed|reconfigured|rebooted|restarted|re-?enabled|scal(?:ed|ing) (?:up|out|down)|drained"
    r"|re-?routed|throttled|rate.?limited|killed"
    r"|terminated|replaced|reinstalled|re-?queued|reloaded|re-?attached)\b",
    r"(?:raised|limited|lowered|set|switched|moved|changed|added|removed|deleted|stopped|took|taken|loaded|made|ended"
    r"|disabled|opened|cleared)\b[^.;]{0,60}"
    r"(?:\bto \w+|\bout of (?:rotation|service)|\boff\b|\bpass\b|\bsucceed|\bwork\b|\bhalves|\bfine\b|\bagain\b"
    r"|\bprimary\b|\bby hand\b|\bno more\b|\bdown to\b|\bon all\b"
    r"|\bfrom the \w+|\bflat\b|\bbelow\b)",
    r"(?:errors?|error rate|latency|failures?|loss|page times?|times?)\b[^.;]{0,30}\b(?:drop\w*|fall|fell|falls"
    r"|declin\w*|decreas\w*|subsid\w*|halves|halved|go down|went down|down to"
    r"|below|stopp?(?:ed|s)?)\b",
    r"(?:begin|began|start(?:s|ed)?) (?:to )?(?:recover|drop)|recovering|recovery (?:begins|began|starts|started)"
    r"|no more (?:error|double|failure)\w*|(?:most|half|new|first)\b[^.;]{0,40}"
    r"\b(?:succeed|pass|recover|back|work again|log in again|are fine)\b|nodes even out|fast again|(?:writes|reads"
    r"|mails|messages|payments|reservations)"
    r" (?:pass|succeed|resumed?|leave|go)\b|helped at once",
)
_NO_HELP = _any(
    r"did not help|didn't help|no effect|no improvement|without (?:success|effect|result)|does(?: not|n't) help"
    r"|no change|changed nothing|does not move|did not move|comes? back slow"
    r"|slow again|becomes slow|became slow|still (?:slow|fail\w*|down)|has been blocked|but (?:has been|was) blocked|precaution",
)
_FOUND = _any(
    r"root cause|cause (?:was |is |has been )?(?:identified|found|confirmed|established|known|clear)"
    r"|(?:the )?(?:actual|real|true|underlying) (?:cause|problem|issue|reason)",
    r"(?:issue|problem|cause|fault) (?:was |is |has been )?(?:successfully )?identified|^(?:cause )?identified\b"
    r"|^found\b|lock found|got it\b",
    r"identif(?:y|ied|ies)\b|discover(?:ed|s)\b|pinpoint(?:ed|s)?|trac(?:ed|es) (?:it |this |the \w+ )?(?:back )?to"
    r"|isolat(?:ed|es)|reali[sz]e[ds]?|turns? out|turned out",
    r"narrowed (?:it )?down|figured out|determin(?:ed|es)|conclud(?:ed|es)|found (?:that|the|a|an|to be|it|out|in)\b"
    r"|finds? \w+|found correlation|sees? that|saw that",
    r"(?:graph|profile|log|dump|trace|list|group|team)s? (?:shows?|read)\b|reveal(?:ed|s)|diagnos(?:ed|es)"
    r"|it was clear|uncover(?:ed|s)|confirms? (?:that|as|the|it|a fault)",
    r"(?:never|not) (?:written|cut|given back|resumed|set)\b|were too many|(?:is|are|was|were) full\b",
)
_SUSPECTED = _any(
    r"suspect\w*|suspicio\w+|hypothes[ie]s|assum(?:ed|es|ing|ption)|theor(?:y|ies)|believ(?:ed|es|ing)|thought\b"
    r"|guess(?:ed)?|wonder\w*|might be|could be|possibly|presumed",
    r"attributed to|focus(?:ed|es|ing)? on|ruled? out|rules out|ruling out|exonerat\w+|appear(?:s|ed) to be"
    r"|looks? like|looked like|seem(?:s|ed) (?:to be|like)|misle\w+|red herring",
    r"blam(?:ed|es|ing)|false lead|wrong (?:lead|track|path)|cleared\b|withdrawn|dropped, |theory (?:dropped|gone)"
    r"|off the list|(?:is|are|was|were) (?:fine|innocent|healthy)\b",
    r"not the \w+|it was not\b|was not it|no fault (?:on|in|at)|no (?:spam|attack)\b|have excluded|\w+\?$",
)
_ACTED = _any(
    r"acknowledg\w+|(?:takes?|took) (?:over|the (?:page|call|incident|alert))|(?:opens?|opened|declares?"
    r"|declared) (?:the |an? )?(?:major )?(?:incident|ticket|bridge|call|case)"
    r"|ticket opened|incident (?:is |was )?(?:created|declared|opened)|joins?\b|joined\b|joining\b|(?:is|was|are"
    r"|were) called\b|\w+ called\W*$|stand-by called|called in\b",
    r"(?:picked|picks) it up|(?:start\w*|began|begin\w*|commenced) (?:to )?(?:work|look|investigat|search|check)\w*"
    r"|investigat\w+|^looking|is at the|at the console|on the bridge",
    r"(?:alarms?|pages?|wakes?|calls?) (?:the )?(?:on-call|engineer|network|stand-by|application on-call)"
    r"|alerted issue|alert discovered|status page|notified\b|teams? (?:was |were )?(?:informed|notified)",
)
_DETECTED = _any(
    r"alert(?:s|ed|ing)?\b|alarms?\b|page[ds]?\b(?! times?| at| above| loads?| is| was)|paging|pager(?:duty)?"
    r"|opsgenie|nagios|zabbix|pingdom|prometheus|datadog|grafana|sentry|uptimerobot"
    r"|statuscake|new relic|cloudwatch|monitor(?:s|ing|ed)?\b|dashboards? (?:show|turn|indicat|display|went|lit"
    r"|reveal)\w*|synthetic|probes?\b|health ?checks? (?:fail"
    r"|start|began|turn)|automated warning|warning from",
    r"notic(?:ed|es|e|ing)\b|detect(?:ed|s|ion)?\b|report(?:s|ed|ing)? (?!generator|service)|complain(?:ts?|ed|s"
    r"|ing)?|tickets?\b|notification|observed|spotted|became aware"
    r"|support (?:calls?|receives?|received|desk|requests?)|tweets?|flag(?:ged|s)\b|informed of",
    r"(?:users?|customers?|manager|agent|clinic|station|shop|reception|sales|visitors?|support|care|clients?"
    r"|developer|desk)\b[^.;]{0,30}\b(?:calls?|called|writes?|wrote|asks?|asked|passes|passed|notices?)\b"
    r"|sees? red|customer care|help ?desk:|^support:",
)
_HUMAN = _any(
    r"escalat\w+|check(?:s|ed|ing)?\b|look(?:s|ed|ing)? (?:at|into|in|through)|contact\w*|inspect\w*|examin\w*"
    r"|review(?:s|ed|ing)?|debug\w*|troubleshoot\w*|war room|assembl\w+|respond(?:s|ed|ing)?|triag\w+"
    r"|on-?call|engineers?|team\b|sre\b|ops\b|operator|we\b|logs? in|logged in|tried|tries|attempt\w*|test(?:s|ed"
    r"|ing)?|decid\w+|work(?:s|ed|ing) on|analy[sz]\w+|verif\w+|posted|update[ds]?\b"
    r"|messaged?|announc\w+|asked|asking|scann\w+|searched|group\b|communication|meeting|request(?:s|ed)? |applied"
    r"|scal(?:ed|ing)|stops?\b|stopped|removed|added|disabled?|pulled|read line|re-?ran|excluded?",
)
_BEGINS = _any(
    r"(?:outage|incident|impact|disruption|degradation|downtime|failures?|errors?|problems?|issues?|timeouts?|latency"
    r"|slowness|slow|losses)\b.{0,25}\b(?:begins?|began(?! to (?:drop|fall|recover|decreas|declin|subsid))|starts?"
    r"|started(?! to (?:drop|fall|recover|decreas|declin|subsid))|onset"
    r"|first (?:seen|appear\w*)|occur(?:s|red)?)",
    r"(?:first|initial|start of|beginning of|onset of)\b.{0,25}\b(?:errors?|failures?|outage|impact|failed|timeouts?"
    r"|incident|5\d\d|hangs)",
    r"(?:begin|began|begins|start|starts|started|starting)\b.{0,14}\b(?:failing|to fail|returning|receiving|seeing"
    r"|to see|to receive|to return|serving (?:errors|5)|timing out|to time out|time out"
    r"|throwing|dropping|rejecting|degrad\w+|experiencing|to experience|to answer 5|to break off)",
    r"(?:goes|went|go|gone|going) (?:down|offline|dark|unavailable)|(?:became|becomes|become|was|were|is|are) (?:down"
    r"|unreachable|unavailable|inaccessible|unresponsive"
    r"|not (?:reachable|available|responding))",
    r"stops? (?:responding|serving|working|accepting|answering|to answer)|stopped (?:responding|serving|working"
    r"|accepting|answering)|answers stop|crash(?:es|ed)?\b|cannot (?:reach|log|open|connect)"
    r"|(?:users?|customers?|clients?) (?:could not|cannot|are unable|were unable|unable|began|begin|start)"
    r"|instances die|dies\b|runs? (?:out of|into its limit)|reaches its limit|become slow|get question marks"
    r"|take \d+ seconds|half of .{0,30} stop|refuses? writes|sent a second time|expire[ds]?\b",
)
_CHANGES = _any(
    r"deploy(?:s|ed|ment|ing)?|releas(?:e|ed|es)|merg(?:e|ed|es)|migrat\w+|upgrad\w+|maintenance"
    r"|config(?:uration)? (?:change|push|update)|change (?:was |is )?(?:made|applied|pushed|rolled|merged"
    r"|deployed|goes|went)|roll(?:ed|s)? out|roll-?out|push(?:ed|es)?|expir\w+",
    r"commit(?:ted|s)?|switched|enabled|added|removed|rotated|cron|launched|goes live|go online|reload(?:ed|s)?"
    r"|replaced|planned|loaded into|new addresses|takes over|moved|update|power dip|begins",
)
_NEGATED = regexp(
    r"\b(?:not|no|without|never|isn't|wasn't|didn't|unable to|fail(?:s|ed|ing)? to|could not|couldn't|still"
    r"|attempt(?:s|ed|ing)? to|tr(?:y|ies|ied|ying) to|before|until|awaiting|waiting|expected to"
    r"|should|will|would|to be|plan\w* to|doesn't|does not|did not|triggered to|asked)\b[^.;,]{0,30}$",
    re.IGNORECASE,
)


_BEGUN = _any(r"(?:impact|harm) (?:started|began|starts|begins)")


@dataclass(frozen=True, slots=True)
class Told:
    """The kind, and whether harm began with the event and whether it is a change that may have caused the rest."""

    kind: EventKind
    starts: bool = False
    changes: bool = False


def told(text: str) -> Told:
    """What kind of event these words tell: of two, that which is furthest along."""
    if _BEGUN.search(text):
        return Told("other", True)
    starts, changes = bool(_BEGINS.search(text)), bool(_CHANGES.search(text))
    helped = not _NO_HELP.search(text)
    suspected = bool(_SUSPECTED.search(text))
    resolved, mitigated, found = (_sure(each, text) for each in (_RESOLVED, _MITIGATED, _FOUND))
    if helped and resolved and not starts:
        return Told("resolution", changes=changes)
    if suspected and not (found and "cause" in text.lower()):
        return Told("hypothesis")
    if helped and mitigated and not starts:
        return Told("mitigation", changes=changes)
    if found and not starts:
        return Told("cause", changes=changes)
    if _ACTED.search(text):
        return Told("action", starts, changes)
    if _DETECTED.search(text):
        return Told("detection", starts, changes)
    if starts:
        return Told("other", True, changes)
    if _HUMAN.search(text) or mitigated:
        return Told("action", changes=changes)
    return Told("other", changes=changes)


def _sure(pattern: "re.Pattern[str]", text: str) -> bool:
    """Whether one of the pattern's words is said without "not" or "tried to" before it."""
    return any(not _NEGATED.search(text[max(0, found.start() - 45) : found.start()]) for found in pattern.finditer(text))
