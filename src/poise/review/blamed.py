"""What a document gives as the cause, place by place: in its summary, in events that name it, in the section about it."""

import re
from collections.abc import Iterator
from itertools import pairwise

from poise.model.light import dataclass
from poise.model.postmortem import Quote
from poise.model.regexp import regexp
from poise.review.cause import NOT_IT, WRONG_PATH
from poise.review.facts import Facts
from poise.review.layers import scores

# "The cause", given as such.
GIVEN = regexp(
    r"\b(?:root cause|(?:the |main |only )cause|cause (?:found|established|stated|named|identified|known|clear|confirmed)"
    r"|(?:the |only )reason)\b"
    r"(?! (?:analysis|for (?:this|the) (?:meeting|call|page)|not|unknown))[^.;:]{0,60}?"
    r"(?:\b(?:was|is|were|lay in|lies (?:with|in)|that)\b|:|\. )",
    re.IGNORECASE,
)
_SAID = regexp(
    r"\b(?:(?:root )?cause (?:was|is)|(?:the )?reason (?:was|is)|caused by|due to|because of|resulted from)\b",
    re.IGNORECASE,
)
_DOUBTED = regexp(
    r"\b(?:wrong|wrongly|not the (?:root )?cause|no longer|withdrawn|first thought|at first|suspected|maybe|perhaps|contributing|also)\b", 2
)
_WORD = regexp(r"[a-z]{4,}")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "that this which with from have been were they them their there where when what into over under after before during while because"
        " root cause reason caused found clear known stated established identified named more than also only some none each every other"
        " first second same very does made make makes will would could should about between through again still just then since both"
        " being those these",
    )
)


@dataclass(frozen=True, slots=True)
class Blamed:
    """One place where the cause is given: its words, and the layers that they speak of."""

    text: str
    words: frozenset[str]
    layers: frozenset[str]
    quote: Quote


def blamed(text: str, quote: Quote) -> Blamed:
    """What these words blame, without what they say it was not."""
    said = NOT_IT.sub(" ", text)
    words = frozenset(_stem(word) for word in _WORD.findall(said.lower()) if word not in _COMMON)
    ranked = scores(said)
    most = max(ranked.values(), default=0)
    return Blamed(text, words, frozenset(layer for layer, total in ranked.items() if total >= 3 and 2 * total >= most), quote)


def two_causes(facts: Facts) -> Iterator[tuple[Quote, Quote]]:
    """Pairs of places that give two causes: two events with different words, or the summary against the section or the event."""
    events = list(by_events(facts))
    for one, other in pairwise(events):
        if len(one.words) >= 3 and len(other.words) >= 3 and len(one.words & other.words) * 5 < min(len(one.words), len(other.words)) * 2:
            yield other.quote, one.quote
    section = in_section(facts)
    last = events[-1] if events else None
    for said in in_summary(facts):
        for told in (section, last):
            if told is None or said.quote.line == told.quote.line or not said.layers or not told.layers or facts.cause.layer is None:
                continue
            shared = len(said.words & told.words)
            if (
                not said.layers & told.layers
                and facts.cause.layer in told.layers
                and len(said.words) >= 3
                and shared * 4 <= len(said.words)
            ):
                yield said.quote, told.quote


def by_events(facts: Facts) -> Iterator[Blamed]:
    """The events that give the cause as found, in the order of time, and do not doubt it."""
    for event in facts.ordered:
        given = GIVEN.search(event.text)
        if given and event.kind == "cause" and not _DOUBTED.search(event.text):
            yield blamed(event.text[given.end() :], event.time.quote)


def in_summary(facts: Facts) -> Iterator[Blamed]:
    """The sentences of the summary that give the cause, each with the one that goes on with it."""
    sentences = [(s, q) for role, s, q in facts.sentences if role in ("summary", "other")]
    lines = {event.line for event in facts.events if event.listed}
    for sentence, quote in sentences:
        given = _SAID.search(sentence)
        if given and not WRONG_PATH.search(sentence) and quote.line not in lines:
            yield blamed(sentence[given.end() :], facts.place(quote, sentence[given.start() :]))


def in_section(facts: Facts) -> Blamed | None:
    """All that the sections about the cause say."""
    told = [(s, q) for role, s, q in facts.sentences if role in ("cause", "contributing", "trigger") and not WRONG_PATH.search(s)]
    if not told:
        return None
    first = next((q for s, q in told if GIVEN.search(s)), told[0][1])
    return blamed(" ".join(s for s, _ in told), first)


def _stem(word: str) -> str:
    return word.removesuffix("s").removesuffix("e").removesuffix("ed").removesuffix("ing")[:7]
