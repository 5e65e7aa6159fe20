"""Whether a text is English: the only language that is read here."""

from collections.abc import Mapping

from poise.model.regexp import regexp

_WORD = regexp(r"[^\W\d_]+")
# The commonest small words of each language that no other of the list shares.
_SMALL: Mapping[str, frozenset[str]] = {
    "English": frozenset(
        [
            "the",
            "and",
            "of",
            "was",
            "were",
            "to",
            "that",
            "with",
            "for",
            "from",
            "this",
            "by",
            "on",
            "we",
            "our",
            "is",
            "had",
            "have",
            "been",
            "at",
            "which",
            "are",
            "it",
            "after",
            "when",
            "not",
        ]
    ),
    "German": frozenset(
        [
            "der",
            "die",
            "das",
            "und",
            "nicht",
            "ist",
            "wurde",
            "wurden",
            "mit",
            "auf",
            "für",
            "von",
            "den",
            "dem",
            "ein",
            "eine",
            "wir",
            "zum",
            "zur",
            "bei",
            "durch",
            "nach",
            "sich",
            "auch",
        ]
    ),
    "French": frozenset(
        [
            "le",
            "la",
            "les",
            "des",
            "et",
            "est",
            "une",
            "pour",
            "dans",
            "sur",
            "nous",
            "avec",
            "été",
            "qui",
            "que",
            "pas",
            "par",
            "du",
            "au",
            "aux",
            "cette",
        ]
    ),
    "Spanish": frozenset(
        ["el", "los", "las", "y", "una", "para", "con", "por", "fue", "que", "del", "se", "nos", "como", "más", "este", "esta", "su", "al"]
    ),
    "Portuguese": frozenset(
        ["os", "as", "uma", "para", "com", "por", "foi", "não", "que", "do", "da", "dos", "das", "em", "no", "na", "um", "ao", "mais"]
    ),
    "Italian": frozenset(
        ["il", "gli", "una", "per", "con", "che", "non", "è", "del", "della", "dei", "alla", "sono", "stato", "nel", "da", "questo"]
    ),
    "Dutch": frozenset(
        ["het", "een", "van", "en", "niet", "was", "werd", "voor", "met", "op", "zijn", "aan", "door", "naar", "bij", "ook", "deze"]
    ),
}
SAMPLE = 20_000


def other_language(text: str) -> str | None:
    """The name of the language, where it is another than English; None for English, and for what is too short to tell."""
    words = [word.lower() for word in _WORD.findall(text[:SAMPLE])]
    if len(words) < 25:
        return None
    foreign = sum(not word.isascii() and any(ord(c) >= 0x370 for c in word) for word in words)
    if foreign > len(words) / 2:
        return "a language that is not written in Latin letters"
    counts = {name: sum(word in small for word in words) for name, small in _SMALL.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if best != "English" and counts[best] > 2 * counts["English"] and counts[best] >= 5 else None
