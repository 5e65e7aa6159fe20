"""What stands for our signs where the output's encoding lacks them: `->` for an arrow, where `?` would read as a doubt."""

import codecs

NAME = "poise.plain"
SIGNS = {
    "→": "->",
    "←": "<-",
    "±": "+-",
    "½": "1/2",
    "…": "...",
    "·": "-",
    "–": "-",
    "—": "-",
    "×": "x",
    "≤": "<=",
    "≥": ">=",
    "“": '"',
    "”": '"',
    "’": "'",
    # Bars, to half a cell.
    **dict.fromkeys("█▉▊▋▌", "#"),
    **dict.fromkeys("▍▎▏", " "),
}


def register() -> str:
    """The name of the error handler, for a stream's `errors`. What has no likeness is a question mark, as with `replace`."""
    codecs.register_error(NAME, _plain)
    return NAME


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(SIGNS.get(sign, "?") for sign in error.object[error.start : error.end]), error.end
