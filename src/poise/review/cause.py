"""What the document blames: the layer that owns it, how it failed, and the sentence that says so."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from poise.model.postmortem import Cause, Event, Quote
from poise.model.regexp import regexp
from poise.review.blocks import Block, blocks
from poise.review.document import Document
from poise.review.layers import scores

# After these words stands what is blamed.
BLAMES = regexp(
    r"\b(?:root cause(?: of [^.;,]{3,60})? (?:was|is|turned out to be|lay in)|root cause\W{1,3}|caused by"
    r"|cause(?:d)? (?:was|is)|due to|because of|because|resulted from|result of|stem(?:med|s) from|originat\w+ (?:in"
    r"|from)|"
    r"triggered by|(?:the |main |only )?reason (?:was|is|for (?:it|this|that) (?:was|is))|fault lies (?:with|in)|(?:was"
    r"|is) (?:the )?fault of"
    r"|at fault (?:was|is)|that (?:is|was) it|traced (?:back )?to|the (?:real |actual "
    r"|underlying )?(?:fault|culprit|problem) (?:was|lay)"
    r"|attributed to)\s*:?",
    re.IGNORECASE,
)
# A part of a sentence that says what it was not.
NOT_IT = regexp(
    r"\b(?:the |our |its )?[\w-]+(?: [\w-]+)? (?:itself |and the \w+ )?(?:(?:was|were|is|are) (?:never|not) (?:at fault"
    r"|to blame|the (?:cause|reason|problem)|involved)"
    r"|(?:was|were|is|are) (?:well|healthy|fine|idle|innocent|in order))\b|\b(?:nothing (?:inside|in|wrong with)|(?:it "
    r"|that )?(?:was|is) not|not the fault of|no fault (?:of|in|at|on))"
    r" (?:the |our |my |a )?\w+(?: \w+)?",
    re.IGNORECASE,
)
WRONG_PATH = regexp(
    r"\b(?:ruled out|suspected|initially|at first|first thought|assum\w+|believed|misle\w+|red herring|innocent"
    r"|not (?:the|a) (?:cause|problem)|unrelated|blamed|wrongly|wrong (?:track|path|lead)|fine all along)\b",
    re.IGNORECASE,
)
_MECHANISMS = (
    ("tls", r"certificate|\btls\b|\bssl\b"),
    ("dns", r"\bdns\b|resolver|name ?server|\bttl\b"),
    ("retries", r"retr(?:y|ies) storm|\bretries\b|retry loop|thundering herd"),
    ("locking", r"deadlock|\block(?:s|ed|ing)?\b"),
    ("health-checks", r"health[- ]?check"),
    ("drain", r"\bdrain\w*"),
    ("loss", r"packet loss|dropped packets|\bloss\b"),
    ("capacity",
        r"exhaust\w+|ran out|out of (?:memory|disk|space|connections)|\boom\b|disk (?:was )?full|full disk"
        r"|max_connections|limit|pool size|capacity|undersized|saturat\w+|too many (?:connections|open files)"),
    ("configuration", r"config\w*|misconfig\w*|typo|setting|parameter|weights?\b|wrong (?:value|path|port|name)|permission"),
    ("crash", r"crash\w*|panic\w*|segfault|kernel|hardware|power"),
    ("defect", r"\bbug\b|defect|race condition|leak|exception|null ?pointer|logic error|code"),
    ("load", r"spike|surge|traffic|demand|load\b"),
    ("slowness", r"slow|latency|index|quer(?:y|ies)"),
    ("provider", r"provider|third[- ]party|vendor|upstream"),
)  # fmt: skip
_COMPILED = tuple((name, regexp(pattern, re.IGNORECASE)) for name, pattern in _MECHANISMS)


# What a section is about, a sentence of it, and where it stands.
Told = tuple[str, str, Quote]


def cause(document: Document, events: Sequence[Event] = ()) -> Cause:
    """By the sections about the cause and the events that name it, else by the sentences that blame something, else by the summary."""
    told = list(_sentences(document, ("cause", "contributing", "trigger")))
    named = [("event", event.text, event.time.quote) for event in events if event.kind == "cause"]
    if not any(role == "cause" for role, _, _ in told):
        # Without a section of its own the cause stands in the summary, or where something is blamed.
        told = [each for each in _sentences(document, None) if each[0] == "summary" or BLAMES.search(each[1])]
    found = _weighed(told, named)
    if found.layer is not None:
        return found
    wider = _weighed([*told, *_sentences(document, None)], named)
    # Where nothing is blamed, no sentence is quoted as the cause: the first of a shopping list or of a configuration would be.
    return Cause(wider.layer, wider.mechanism, found.quote)


def _weighed(told: Sequence[Told], named: Sequence[Told]) -> Cause:
    points: Counter[str] = Counter()
    spoken, quote = "", None
    for number, (role, sentence, where) in enumerate([*told[:40], *named]):
        blamed = BLAMES.search(sentence)
        if not blamed and (WRONG_PATH.search(sentence) or NOT_IT.search(sentence)):
            continue
        part = sentence[blamed.end() : blamed.end() + 160] if blamed else sentence
        weight = (3 if blamed or role == "event" else 1) * (2 if role == "cause" else 1) * (2 if number < 2 else 1)
        for layer, total in scores(NOT_IT.sub(" ", part)).items():
            points[layer] += weight * min(total, 6)
        if (blamed or (role == "event" and quote is None)) and not spoken:
            spoken, quote = sentence, where
    if not points:
        return Cause(None, None, quote or (told[0][2] if told else None))
    if quote is None:
        spoken, quote = told[0][1], told[0][2]
    said = spoken if mechanism(spoken) else " ".join(sentence for _, sentence, _ in told[:5])
    return Cause(points.most_common(1)[0][0], mechanism(said), quote)


def mechanism(text: str) -> str | None:
    """How it failed, in one word; the first of the list that the text names."""
    return next((name for name, pattern in _COMPILED if pattern.search(text)), None)


def cause_sentences(document: Document) -> Iterator[tuple[str, Quote]]:
    """Every sentence in which the document blames something: those about the cause, and elsewhere those with such words."""
    for role, sentence, quote in _sentences(document, None):
        if role == "cause" or BLAMES.search(sentence):
            yield sentence, quote


def _sentences(document: Document, roles: tuple[str, ...] | None) -> Iterator[tuple[str, str, Quote]]:
    for block in blocks(document):
        role = document.role(block.head)
        if block.kind not in ("text", "bullet", "row") or (roles is not None and role not in roles) or role == "actions":
            continue
        yield from ((role, sentence, quote) for sentence, quote in split(block))


def split(block: Block) -> Iterator[tuple[str, Quote]]:
    """The sentences of a block, each with the line where it begins."""
    place = 0
    while place < len(block.text):
        _, end = block.sentence(place)
        if end <= place:
            return
        yield block.text[place:end].strip(), block.quote_at(place)
        place = end
        while place < len(block.text) and block.text[place] in " \"')]":
            place += 1
