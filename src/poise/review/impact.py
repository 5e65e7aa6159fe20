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
    r"|\b100 ?% of (?:the |our |all )?(?:users?|customers?|requests?|traffic)",
    re.IGNORECASE,
)
# Only a part was.
PARTIAL = regexp(
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


def phased(sentence: str) -> bool:
    """Whether the sentence speaks of a part of the incident only."""
    return bool(_PHASE.search(sentence))
