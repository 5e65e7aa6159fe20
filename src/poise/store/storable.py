"""Text as the database takes it."""


def storable(text: str) -> str:
    """The text with lone surrogates, as from a file name, written out as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
