"""The words by which a line of a timeline tells what kind of event it is, in classes: who does what to what, and how things stand then."""

import re

from poise.model.regexp import regexp


def words(*alternatives: str) -> re.Pattern[str]:
    """A pattern of these, each at the beginning of a word."""
    return regexp(rf"(?<!\w)(?:{'|'.join(alternatives)})", re.IGNORECASE)


# Those who use the service or speak for them, and those who work on it.
OUTSIDERS = (
    r"(?:customers?|users?|members?|clients?|visitors?|shops?|stores?|brokers?|agents?|buyers?|partners?|suppliers?"
    r"|wards?|clinics?|stations?"
    r"|offices?|tenants?|students?|players?|readers?|drivers?|couriers?|administrators?|people|managers?|leaders?"
    r"|sales|marketing"
    r"|reception|editors?|finance|support(?: lead| desk| team)?|service desk|help ?desk|desk|care"
    r"|call cent(?:re|er)|front office"
    r"|field|warehouse|factory|hotline)"
)
RESPONDERS = (
    r"(?:on-?call\b|engineers?|sre\b|sres\b|ops\b|operations|operators?|dbas?\b|admins?\b|developers?|devs?\b|team\b"
    r"|duty|first line|second line"
    r"|third line|staff|responders?|we\b|i\b|noc\b|commander|technician|stand-?by|colleagues?|security\b)"
)
_WHOLE = r"(?:all\b|every\w*|last\b|both\b|full(?:y)?\b|complete(?:ly)?\b|remaining\b|100 ?%|entire(?:ly)?\b|rest\b)"
_GOOD = (
    r"(?:restored|resolved|recovered|normal\w*|usual|working|works?\b|operational|verified|delivered|booked|reachable"
    r"|connected|running|in use"
    r"|checked|confirm\w*|in service|online|available|through\b|succeed\w*|pass\b|passes\b|sent\b|served|repeated|sold\b"
    r"|selling|accepted|saved"
    r"|back\b(?! (?:in place|to \w+[ .]\d|to the old|up\b|out\b|half))|up\b(?! to)|merged|finished)"
)
RESOLVED = words(
    rf"{_WHOLE}[^.;:]{{0,70}}\b{_GOOD}",
    rf"{_GOOD}[^.;:]{{0,25}}\b(?:on|for|at|in|by) (?:all|every\w*|both|the last)\b",
    r"back (?:to|at) (?:its |their |the )?(?:normal|usual)|return(?:s|ed)? to normal|operating normally|as (?:before"
    r"|usual)\b|back in service",
    r"(?:at|with) (?:its|their|the) (?:normal|usual)|(?:normal|usual) (?:speed|work|operation|level|values?|rate)"
    r"|all (?:was|is) normal",
    r"(?:latency|rate|speed|count|level|times?|graph|loss|traffic|everything|operations?"
    r"|load)\b[^.;]{0,20}\b(?:normal|usual|as before)\b",
    r"(?:issue|incident|problem|outage|alerts?|event|case|page|exercise|slow|down)\b (?:was |is |has been |are "
    r"|appears? |declared |marked (?:as )?"
    r"|can be )?(?:fully |now )?(?:resolved|closed|over|solved|cleared|ends?\b|ended)",
    r"(?:queue|backlog)\b[^.;]{0,50}\b(?:empty|worked off|drained|cleared|delivered|done)\b",
    r"^resolved|resolved\b(?! to| by| the)|^recovery:|^restored|restored\W*$|all[- ]clear|all (?:green|quiet|good|normal"
    r"|right)\b"
    r"|end of (?:the )?(?:incident|outage|disturbance)|closed\W*$|\bdone\.?$|\bend\.?$",
    r"(?:services?|systems?|sites?|website|access|connectivity|functionality|transfers?|jobs?|payments?"
    r"|bookings?) (?:is |was |were |are |has been"
    r"|have been |go |went |flow )?(?:fully )?(?:restored|recovered|back\b|resumed|normal|through)",
    r"open again for (?:all|every)|(?:has|have) (?:its|their) \w+ back\b|no (?:more )?(?:\w+ ){1,2}after (?:this|that)|fix (?:works|worked)"
    r"|confirm\w* (?:resolution|resolved|normal)"
    r"|back at \d",
)
# Better, if not yet well.
IMPROVED = words(
    r"(?:impact|harm) (?:stopped|stops|ended|ends|is over)",
    r"(?:errors?|latency|failures?|loss|times?|p\d\d|traffic|timeouts?|lag|queues?|evictions?|cpu"
    r"|memory)\b[^.;]{0,30}"
    r"\b(?:drop\w*|fall|fell|falls|declin\w*|decreas\w*|subsid\w*|halves|halved|go(?:es)? down|went down|down to|below"
    r"|stopp?(?:ed|s)?|gone"
    r"|at zero|at \d+(?:\.\d+)? ?%|drains?|stays? flat|improv\w*|better)\b",
    r"(?:begin|began|begins|start(?:s|ed)?) (?:to )?(?:recover|drop|improve)|recovering|recovers?\b|recovery (?:begins"
    r"|began|starts|started)",
    r"no more (?!than)\w+|(?:most|half|new|first|some|many|two|three|four|five|six|\d+)\b[^.;]{0,40}"
    r"\b(?:succeeds?|pass|recover\w*|back(?! in place| to the)|(?:work|works|log in|arrive|reach\w*) again"
    r"|resolve|usable|served|up)\b",
    r"(?:\w+s|\w+ing|\w+-in|service|page|mail|site|traffic)\b (?:is |are |was |were |has |have |can )?(?:be )?(?:load"
    r"|loads|run|runs|pass|succeed|resumed?"
    r"|leave|go through|going through|arrive|work|works|flow|usable|possible|come back|comes back|even out|right|fast"
    r"|fine) ?(?:again|now|on most)?\b(?=\W|$)"
    r"|(?:page|site|service|api)s? answer(?:s|ed)\b|confirms? (?:that )?(?:it|they) work",
    # What those confirm who use it is that it works.
    rf"{OUTSIDERS} confirm(?:s|ed)?\b(?! (?:the |an? )?(?:issue|problem|outage|error|fault))",
    r"(?:fast|right|possible|usable|reachable|available|work\w*|log in|arrive) (?:again|now)"
    r"|gone in (?:seconds|minutes)|(?:which|that|this|it) helped\b|first \d{3}\b",
    r"(?:slow|slower|slowly)[^.;]{0,15}\b(?:but|than)\b[^.;]{0,12}\b(?:work|used|usual)|somewhat slow|if slowly",
    r"mitigat(?:ed|ion (?:in place|applied|done))|(?:\d+|half|one|two|three) of (?:the )?(?:\d+|two|three|four|five|six"
    r"|eight)\b[^.;]{0,25}\b(?:back|again|up|selling)",
)
# Something was done to the thing itself.
_DONE = (
    r"(?:reverted|backed out|rolled back|taken back|put back|set back|switched (?:off|on|over|back)|turned (?:off|on)"
    r"|disabled|enabled|re-?enabled"
    r"|restarted|rebooted|reloaded|replaced|renewed|removed|deleted|killed|terminated|cancell?ed|stopped|raised|lowered"
    r"|limited|increased|reduced"
    r"|changed|corrected|fixed|repaired|patched|moved|drained|emptied|flushed|purged|cleared|withdrawn|excluded|applied"
    r"|deployed|merged|released"
    r"|restored|loaded|re-?routed|throttled|scal(?:ed|ing) (?:up|out|down|in)|failed over|promoted|demoted|added"
    r"|reattached|re-?attached|re-?queued"
    r"|reinstalled|reconfigured|rotated|set to|set on|implemented|shipped|re-?sent|paused|resumed|bypassed|completed)"
)
REPAIRED = words(
    rf"(?:\w+ ){{0,2}}{_DONE}\b",
    r"roll(?:s|ing)?[- ]?back|rollback|revert(?:s|ing)?\b|fail(?:s)?[- ]?over|work ?around|hot ?fix(?:ed)?"
    r"|back in (?:place|rotation)|back (?:to|on) (?:the )?(?:old|\d|previous|version)",
    r"(?:appl(?:y|ies)|deploys?|pushe[sd]|implements?|releases?|ships?) (?:the |a |an )?(?:\w+ ){0,3}(?:fix|patch"
    r"|correction|workaround|configuration)",
    r"(?:took|takes|put|puts|made|let|lets|moved?|moves|sends?|sent|switch(?:es)?|opened|fetched|closes|scales?"
    r"|restarts?|stops|kills|reloads?) (?:\w+ ){0,4}"
    r"(?:out|up|off|back|over|to|down|in|from|on)\b|(?:\w+ )?more (?:\w+ )?(?:servers|instances|workers|nodes)\b",
)
NO_HELP = words(
    r"(?:did not|didn't|does not|doesn't|do not|not) (?:help|change|move|improve)|no (?:effect|improvement|change"
    r"|difference|better)\b|without (?:success|effect|result)"
    r"|nothing (?:had )?(?:changed|happened)|changed nothing|slow again|still (?:slow"
    r"|fail\w*|down|waiting|100)|(?:has been|was) blocked|the same (?:error|warning|fault|picture)",
)
CAUSE = words(
    r"(?:root )?cause\b(?! (?:analysis|not|unknown|unclear))[^.;]{0,40}\b(?:found|known|clear|established|identified"
    r"|named|stated|confirmed|understood|showed|is\b|was\b)",
    r"root cause\b(?! analysis)|causes? ?:|cause of (?:it|this)|(?:identified|found|established|confirmed) (?:the "
    r"|as the )?(?:root )?cause"
    r"|(?:this|that|there|it|here)(?: is|'s| was) (?:the (?:root )?(?:cause|reason|culprit)|it\b(?!'))"
    r"|that was it",
    r"found it\b|got it\b|^found\b|(?:was|is|were) the reason|^(?:cause |issue |problem )?identified|(?:actual|real|true"
    r"|underlying) (?:cause|problem|issue|reason)",
    r"(?:issue|problem|cause|fault) (?:was |is |has been )?(?:successfully )?identified|concluded that",
)
FINDS = words(
    r"identif(?:y|ied|ies)\b|discover(?:ed|s)?\b|pinpoint(?:ed|s)?|trac(?:ed|es) (?:it |this |the \w+ )?(?:back )?to"
    r"|isolat(?:ed|es)|turns? out|turned out",
    r"narrowed (?:it )?down|figured out|determin(?:ed|es)|concluded\b|(?:has |we )?found(?: out)? (?!(?:no\b|nothing"
    r"|none))|finds? (?!(?:no\b|nothing|none))\w+|realis\w+|realiz\w+|remembers?\b",
    # What those see who search is found; of symptoms they say so.
    rf"{RESPONDERS} (?:sees?|saw)\b(?! (?:no|nothing|red|errors?|this|it)\b)",
    r"(?:sees?|saw|seeing) that|(?:graph|profile|log|dump|trace|group|tool"
    r"|team)s? (?:shows?|sees?|read|reveals?)\b"
    r"|reveal(?:ed|s)|diagnos(?:ed|es)|(?:it was|became) clear|uncover(?:ed|s)",
    r"(?:confirms?|explains?|told us) (?:a |the |that|as)|(?:never|not) (?:written|cut|set|told"
    r"|loaded)\b|(?:is|are|was|were) (?:full|(?:\w+ )?too (?:many|few|small|short|long|old))\b"
    r"|(?:was |is )?found\b(?! (?:no|nothing))"
    r"|reads? the (?:certificate|code|configuration)",
)
SUSPECTS = words(
    r"suspect\w*|suspici\w+|hypothes[ie]s|suppos(?:ed|es|ing)\b|assum(?:ed|es|ing|ption)|theor(?:y|ies)|believ(?:ed|es"
    r"|ing)|thought\b|thinks? (?:of|it|that|our)|i think|we think"
    r"|guess(?:ed)?|wonder\w*|might be|could be|possibly|presumed|maybe|perhaps",
    r"attributed to|focus(?:ed|es|ing)? on|appear(?:s|ed) to be|looks? like|looked like|seem(?:s|ed) (?:to be|like)"
    r"|misle\w+|red herring"
    r"|(?:looks?|looked|searche[sd]) for (?:the |a )?(?:fault|problem|error|bug)|whether the|blam(?:ed|es|ing)",
    r"false lead|wrong (?:lead|track|path)",
)
CLEARS = words(
    r"ruled? out|rules out|ruling out|exonerat\w+|(?<!alert )cleared\b|withdrawn|put aside|set aside|(?:theory|suspicion"
    r"|hypothesis|idea)\b[^.;]{0,20}\b(?:dropped|gone|dead|withdrawn)|off the list"
    r"|(?:is|are|was|were) (?:fine|innocent|healthy|excluded|idle|right\W*(?:$|\. )|in order)"
    r"|(?:have|has|been) excluded|(?:answer|arrive|ran|run|work)\w* (?:correctly|fine|on time)|(?:is|was|came back|finished,?) clean\b",
    r"not (?:the|a|our|its?) (?:\w+)(?: then)?\W*(?:$|[.;,:])|(?:it |that )?(?:was|is) not (?:it|the)\b|(?:was"
    r"|is)n't (?:it|the)\b|(?:ok|so),? not\b|no difference between|no fault\b|no (?:\w+ )?(?:attack|wave|flood|leak|loss|load)\b",
)
ACTS = words(
    r"ack\w*|(?:takes?|took|taking) (?:over|it\b|the (?:page|call|incident|alert|disturbance|report|case)|this)"
    r"|answers? (?:the page|at once)|(?:opens?|opened|declares?|declared)"
    r" (?:the |an? )?(?:major )?(?:\w+ )?(?:incident|ticket|bridge|call|case|channel)|(?:call|ticket) opened"
    r"|incident (?:is |was )?(?:created|declared|opened)|joins?\b|joined\b|joining\b"
    r"|(?:is|was|are|were) (?:called|paged|asked|informed|notified|woken)\b|\w+ called\W*$|called in\b"
    r"|assigned\b|reassigned|escalat\w+",
    r"(?:picked|picks) (?:it )?up|(?:start\w*|began|begin\w*|commenced) (?:to )?(?:work|look|investigat|search"
    r"|check)\w*|investigat\w+|^looking|is at the|at the (?:console|laptop|keyboard)|on the (?:bridge|phone)",
    r"(?:alarms?|wakes?|calls?|called|rang|rings) (?:the )?(?:\w+ )?(?:on-?call|engineer|network|stand-by|application"
    r"|provider|vendor|supplier|carrier|processor|registrar)"
    r"|status page|notified\b|teams? (?:was |were )?(?:informed|notified|called|paged|asked)"
    # Somebody has seen the alert: from here on it is in hands.
    r"|alerts? (?:is |was )?(?:discovered|noticed|seen|read)\b",
)
ALARMS = words(
    r"alert(?:s|ed|ing| ?bot| ?manager)?\b|alarms?\b|firing\b|paged\b|paging|pages? (?=[\"“'(])|pages? (?:goes|went|comes|came"
    r"|out|for on)\b|pages (?:the|on-?call|primary)\b|page ?[:(]|page,|^page\b|pager(?:duty)?|opsgenie|nagios|zabbix|pingdom|prometheus"
    r"|datadog|grafana|sentry|uptimerobot|statuscake|new relic|cloudwatch|monitor(?:s|ing|ed)?\b|dashboards? (?:show"
    r"|turn|indicat|display|went|lit|reveal)\w*|synthetic|probes?\b"
    r"|(?:health ?)?checks? (?:fail|start|began|turn|red)\w*|automated warning|warning from|warns? (?:of|that)|(?:turns?"
    r"|turned|went|goes|is|are) red\b|sees? red|went off\b",
)
REPORTS = words(
    r"notic(?:ed|es|e|ing)\b(?! nothing)|detect(?:ed|s|ion)?\b|complain(?:ts?|ed|s|ing)?|observed|spotted|became aware"
    r"|tweets?|flag(?:ged|s)\b|informed of|(?:first|more|further) (?:calls?|reports?|complaints?|tickets?|phone calls?)",
    r"(?<!the )report(?:s|ed|ing)? (?!generator|service|session|server|cancelled|ended|runs|is)|tickets? (?:in|arrive"
    r"|come|from|are|about|reach)|support (?:calls?|receives?|received|requests?)|^support\b",
    rf"{OUTSIDERS}\b[^.;:]{{0,30}}\b(?<!-)(?:calls?|called|calling|phon\w+|telephon\w+|writes?|wrote|asks?|asked"
    rf"|pass(?:es|ed) on|tell|tells|told|forwards?|warns?|warned|see|saw|opened a (?:chat|ticket|case)|find|found|ring|rings|rang"
    rf"|report\w*|the same)\b",
    r"\w+ team reports?\b|customer care|help ?desk:|investigating\b(?=.{0,40}\b(?:report|tell|call))",
)
# Words of people at work that say nothing nearer.
WORK = words(
    r"check(?:s|ed|ing)?\b|look(?:s|ed|ing)? (?:at|into|in|through)|contact\w*|inspect\w*|examin\w*|review(?:s|ed|ing)?"
    r"|debug\w*|troubleshoot\w*|war room|assembl\w+|respond(?:s|ed|ing)?|triag\w+",
    rf"{RESPONDERS}",
    r"logs? in|logged in|tried|tries|attempt\w*|test(?:s|ed|ing)?\b|decid\w+|work(?:s|ed|ing) on|analy[sz]\w+|verif\w+"
    r"|posted|update[ds]?\b|messaged?|announc\w+|asks?\b|asked|asking|scann\w+|searched|communication|meeting"
    r"|request(?:s|ed)? |stops?\b|re-?ran|compares?|compared|collects?|reads?\b"
    r"|restart\b",
)
BEGINS = words(
    r"(?:outage|incident|impact|disruption|degradation|downtime|failures?|errors?|problems?|issues?|timeouts?|latency"
    r"|slowness|slow)\b.{0,25}\b(?:begins?"
    r"|began(?! to (?:drop|fall|recover|decreas|declin|subsid))|starts?|started(?! to (?:drop|fall|recover|decreas"
    r"|declin|subsid))|onset|first (?:seen|appear\w*)|occur(?:s|red)?|rises?\b|rose\b|jumps?|climbs?)",
    r"(?:first|initial|start of|beginning of|onset of)\b.{0,25}\b(?:errors?|failures?|outage|impact|failed|timeouts?"
    r"|incident|5\d\d|lost)",
    r"(?:begin|began|begins|start|starts|started|starting)\b.{0,14}\b(?:failing|to fail|returning|receiving|seeing"
    r"|to see|to receive|to return|serving (?:errors|5)|timing out|to time out|time out|throwing|dropping|rejecting"
    r"|degrad\w+|experiencing|to experience|to answer (?:5|slowly)|to break (?:off|down)|to be \w+ed|to hang)",
    r"(?:goes|went|go|gone|going|is) (?:down|offline|dark|unavailable)|(?:became|becomes|become|was|were|is|are"
    r"|got) (?:down\b(?! to)|unreachable|unavailable|inaccessible|unresponsive|slow\b|not (?:reachable|available"
    r"|responding|delivered))",
    r"stops? (?:responding|serving|working|accepting|answering|getting|to answer|being)|stopped (?:responding|serving"
    r"|working|accepting|answering)|(?:answers|responses|messages|deliveries|traffic) stops?\b"
    r"|crash(?:es|ed)?\b|cannot (?:reach|log|open|connect|sign)|can't (?:sign|log|open)"
    r"|(?:users?|customers?|clients?) (?:could not|cannot|are unable|were unable|unable|began|begin|start)"
    r"|dies\b|runs? (?:out of|into its limit)|become slow|freezes?\b|is killed"
    r"|take \d+ seconds|expire[ds]?\b|every (?:request|transfer"
    r"|\w+) (?:for [^.;]{0,30})?(?:gets a 5|fails)|slows? down|falls by|slow (?:from|since)\b"
    # from next to nothing
    r"|0(?:\.\d+)? ?% ?(?:->|→|to) ?[1-9]",
)
CHANGES = words(
    r"deploy(?:s|ed|ment|ing)?|releas(?:e|ed|es)|merg(?:e|ed|es)|migrat\w+|upgrad\w+|maintenance"
    r"|config(?:uration)? (?:change|push|update)|change (?:was |is )?(?:made|applied|pushed|rolled|merged|deployed|goes|went|approved)"
    r"|roll(?:ed|s)? out|roll-?out|push(?:ed|es)?|expir\w+|patch\w*|flag\b.{0,30}\bset",
    r"commit(?:ted|s)?|switched|enabled|added|removed|rotated|cron|goes live|go online|reload(?:ed"
    r"|s)?|replaced|planned|takes over|(?:loaded|imported|copied) into|moved|update|begins"
    # What brings a crowd is a change too.
    r"|(?:sale|registration|enrolment|booking|programme|match|campaign)s? (?:opens?|starts?)"
    r"|changed from",
)
NEGATED = regexp(
    r"\b(?:not|no|without|never|isn't|wasn't|didn't|unable to|fail(?:s|ed|ing)? to|could not|couldn't|still|attempt(?:s"
    r"|ed|ing)? to|tr(?:y|ies|ied|ying) to|before|until|awaiting|waiting|expected to"
    r"|should|will|would|to be|plan\w* to|doesn't|does not|did not|triggered to|asked|wants? to|how to|and not|if)\b[^.;,]{0,30}$",
    re.IGNORECASE,
)
