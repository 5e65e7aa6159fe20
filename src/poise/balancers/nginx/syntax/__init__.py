"""Reads nginx's configuration language: text to a Document with exact places, and back without the loss of a byte.

Never raises on any text and never recurses. What nginx would refuse for its form becomes `Document.could_not`, and the rest is still read.
"""

from poise.balancers.nginx.document import Directive, Document, Part, Source
from poise.balancers.nginx.syntax.dump import cut_dump, is_dump
from poise.balancers.nginx.syntax.reader import Reader
from poise.balancers.nginx.syntax.recognise import recognise

__all__ = ["Directive", "Document", "Part", "Source", "parse", "recognise", "unparse"]


def parse(text: str, file: str) -> Document:
    """The document that this text is. A dump of `nginx -T` becomes one document whose parts bear the names that the dump gives them."""
    if is_dump(text):
        head, pieces = cut_dump(text)
    else:
        head, pieces = "", [(file, "", text)]
    parts: list[Part] = []
    could_not = []
    template = False
    for name, marker, piece in pieces:
        reader = Reader(Source(name, piece))
        reader.run()
        parts.append(Part(reader.source, reader.body, tuple(reader.includes), marker))
        could_not += reader.could_not
        template = template or reader.template
    by_name = {part.source.file: part for part in reversed(parts)}
    return Document(file, tuple(parts), tuple(could_not), head, template, by_name)


def unparse(document: Document) -> str:
    """The text again, byte for byte."""
    return document.head + "".join(part.marker + part.source.text for part in document.parts)
