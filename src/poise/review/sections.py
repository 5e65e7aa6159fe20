"""What a section of a postmortem is about, by the words of its heading."""

from poise.model.postmortem import Role
from poise.model.regexp import regexp

# The first that fits counts: "what went wrong" before "what", "root cause" before "resolution".
_ROLES: tuple[tuple[Role, str], ...] = (
    ("summary", r"^(?:executive |issue |incident |event |brief |quick )?(?:summary|overview)\b|summary$"),
    ("contributing", r"contributing|contributory|other factors"),
    ("trigger", r"^triggers?\b|what triggered"),
    ("went-well", r"went well|worked well|went right|what was good|positives"),
    ("lucky", r"lucky|luck\b"),
    ("surprised", r"surpris"),
    (
        "went-wrong",
        r"went (?:wrong|poorly|badly)|go (?:wrong|poorly)|did ?n.t go well|not go well|to improve\b|could be better|what was bad",
    ),
    (
        "actions",
        r"action|corrective|preventi|follow.?ups?\b|remediation items|next steps|to.?dos?\b|improvements?\b|recommendations?\b|tasks?\b"
        r"|what we.ll (?:do|change)|what we are (?:doing|changing)|mov(?:ing|e) forward|going forward|future work"
        r"|measures\b|looking ahead"
        r"|what (?:changes|happens) (?:now|next)|what follows|what we (?:ask|take from)"
        r"|^(?:work ahead|next|duties|suggestions?|steps|agreed|agreements?|decided|decisions?|consequences|we do"
        r"|things to do|commitments)\b"
        r"|what (?:we|will) (?:do|change)|what (?:now|next|remains)|we (?:will )?(?:do|change)\b",
    ),
    (
        "hypotheses",
        r"hypothes|misleading|wrong (?:turn|path|track|lead)|false lead|dead ends?\b|red herrings?|suspected|investigat(?:ion|ive) paths?"
        r"|theories",
    ),
    (
        "cause",
        r"\bcauses?\b|^why\b|^(?:the )?reasons?\b|what was wrong|what went on|^analysis|technical (?:details?|analysis)"
        r"|what (?:broke|it was)|^the (?:bug|fault"
        r"|problem)\b|diagnosis|five whys",
    ),
    (
        "timeline",
        r"time ?line|chronolog|sequence of events|what happened|\bevents?\b|incident log|^log\b|narrative|course of|play.by.play"
        r"|how it (?:unfolded|went|happened)|the day\b|incident history|^story|^minutes?\b"
        r"|minute by minute|^(?:what we did|sequence|course|history|journal|progress)$",
    ),
    (
        "impact",
        r"impact|effects?\b|affected|damage|consequences|customer experience|blast radius|who was (?:hit|affected)"
        r"|what (?:people|users|customers|your customers|they) saw"
        r"|what it (?:cost|meant|means)|how (?:bad|many|much)|^scope|numbers|figures",
    ),
    ("detection", r"detect|how we (?:found out|noticed|knew)|alerting|monitoring"),
    ("resolution", r"resolution|recovery|mitigation|remediation|^fix|how (?:it was|we) (?:fixed|resolved)|repair|restor|resolved"),
    ("lessons", r"lessons?|learn|takeaways?|retrospective|reflection"),
    (
        "summary",
        r"summary|overview|abstract|synopsis|tl;?dr|in (?:brief|short)|at a glance|introduction|the incident$|incident details|key facts",
    ),
    ("severity", r"^severity"),
    ("authors", r"^authors?|written by|^owner"),
    ("status", r"^status"),
    ("responders", r"responders?|people involved|participants|teams? involved|^roles|team engagement"),
    ("evidence", r"evidence|supporting|references?|links|appendix|graphs?|data\b"),
    ("background", r"background|context|architecture|environment|vocabulary|glossary|terms\b|definitions|another incident"),
)
_COMPILED = tuple((role, regexp(pattern)) for role, pattern in _ROLES)


def role_of(title: str) -> Role:
    """What the section is about; "other" where its title does not tell, as that of the whole document does not."""
    words = title.strip().rstrip(":").lower()
    if not words or len(words) > 80:
        return "other"
    if len(words.split()) > 6 and not words.startswith(("what", "how", "why", "root cause", "timeline", "appendix")):
        return "other"
    return next((role for role, pattern in _COMPILED if pattern.search(words)), "other")
