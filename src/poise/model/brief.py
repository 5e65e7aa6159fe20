"""Sentences about names that others chose: a name may be as long as its file. Pure."""

# Characters; the longest sentence that poise says of ordinary names has a third of them.
LONGEST = 1500


def brief(sentence: str) -> str:
    """The sentence, its middle left out where it is longer than any that a person would read."""
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST // 2]} … {sentence[-LONGEST // 2 :]}"
