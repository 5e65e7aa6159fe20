"""What a document says of the harm: figures, whole and part."""

import re

from poise.model.regexp import regexp

# The whole of the service was gone.
TOTAL = regexp(
    r"\b(?:(?:complete|total|full|entire|global)(?:ly)? (?:outage|unavailab\w+|downtime|loss of service"
    r"|service outage|down)|completely (?:down|unavailable|inaccessible|offline|unreachable)"
    r"|totally (?:down|unavailable|offline)|(?:all|every|100 ?%(?: of)?)(?: of)?(?: the| our)? (?:users?|customers?"
    r"|clients?|requests?|traffic|visitors?) (?:were|was|are|is|could not|failed|got|received|saw|lost|affected"
    r"|experienced|had)"
    r"|all (?:\w+ )?\w+s (?:were|was) (?:without|unable|locked out|cut off|down|unavailable|offline|unreachable|disconnected)"
    r"|no (?:user|customer|client|request|one)s? (?:could|was able|were able|succeeded|reached))\b"
    # Gone for everybody, nothing at all, none in any.
    r"|\b(?:down|unreachable|unavailable|offline|inaccessible|dark|gone) for (?:all\b|every\w*|the whole)"
    r"|\bno (?:[\w-]+ ){1,4}(?:at all|in any \w+)\b|\bnot one [\w-]+ (?:could|went|reached)\b"
    r"|\ball (?:\d+ )?(?:[\w-]+ ){0,3}[\w-]+s (?:cannot|can not|could not|were unable|are unable|failed|lost)\b"
    r"|\b100 ?% of (?:the |our |all )?(?:users?|customers?|requests?|traffic)",
    re.IGNORECASE,
)
# Only a part was.
PARTIAL = regexp(
    # N of M, one in three, six students in ten: of the harmed or of those who got through.
    r"\b\d[\d,]* of (?:our |the |all )*\d[\d,]* [\w-]+s? (?:were|are|was|is|had|lost|could|failed)\b"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|\d) (?:[\w-]+ )?(?:in|out of) (?:two|three|four|five|six|seven|eight"
    r"|nine|ten|\d+)\b"
    r"[^.;]{0,30}\b(?:was|were|got|failed|could|succeeded|refused|went)\b"
    r"|\b\d{1,2} ?(?:%|per ?cent) of (?:the |our |all )*[\w-]+ (?:is|are|was|were) (?:still )?"
    r"(?:running|working|possible|served|ok|fine|answered)\b|"
    r"\b\w+ (?:with|in|on|of) [^.;,]{2,40}? (?:went on working|kept working|worked as usual|continued to work)\b|"
    r"(?:\b|~|≈)(?P<share>\d{1,2}(?:\.\d+)?) ?(?:%|per ?cent|percent)(?: of)?(?: the| our| all)? (?:\w+ )?(?:users?"
    r"|customers?|clients?|requests?|traffic|visitors?)\b"
    r"|\b(?:some|a (?:small |large )?(?:part|fraction|subset|number|few)|a majority|most|many|half|several"
    r"|around half)(?: of)?(?: the| our)? (?:users?|customers?|clients?|requests?|visitors?)\b"
    r"|\bpartial(?:ly)? (?:outage|unavailab\w+|degrad\w+)",
    re.IGNORECASE,
)
# A figure that says how much.
FIGURE = regexp(
    r"\d[\d.,]*\s?(?:%|per ?cent|percent)|[$€£]\s?\d|\d[\d.,]*\s?(?:k|m|million|thousand|billion)?\s?(?:usd|eur"
    r"|dollars?|euros?|users?|customers?|clients?|requests?|orders?|transactions?|visitors?|sessions?|minutes?|hours?"
    r"|errors?"
    r"|emails?|messages?|payments?|records?|rows|jobs?|mins?\b|h\b|tickets?|calls?|accounts?|sites?|people|students?)"
    r"|\b(?:all|every|no|half|one in \w+|two thirds|a third|a quarter|one|two|three|four|five|ten|twenty|thirty"
    r"|ninety)(?: of)?(?: the| our)?\s(?:users?|customers?|requests?|orders?|clients?|hours?|minutes?)",
    re.IGNORECASE,
)
# Words that limit what they stand beside to a part of the time.
_PHASE = regexp(
    r"\b(?:then|later|after(?:wards)?|until|from \d|between \d|at \d|by \d|initially|at first|during|first|while"
    r"|before|since|peak|at its worst|up to)\b",
    re.IGNORECASE,
)


_ALL_OF_IT = regexp(
    r"\b(?:during|throughout|for) (?:it|(?:all of )?(?:the|this) (?:whole |entire )?(?:incident|outage|disturbance|time|disruption))\b",
    re.IGNORECASE,
)


def phased(sentence: str) -> bool:
    """Whether the sentence speaks of a part of the incident only."""
    return bool(_PHASE.search(_ALL_OF_IT.sub(" ", sentence)))
