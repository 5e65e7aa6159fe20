"""Several files as the one configuration that HAProxy makes of them: `haproxy -f a -f b`. Pure."""

from collections.abc import Iterable, Mapping

from poise.balancers.haproxy.document import Document
from poise.balancers.haproxy.syntax import parse


def parse_together(
    texts: Iterable[tuple[str, str]], environment: Mapping[str, str] | None = None, target: str | None = None
) -> list[Document]:
    """The documents of these (name, text) in this order, each seeing the variables that the ones before it set. For `lower`.

    Watching, reading a recording and reading files all go through here: the same files are the same topology everywhere.
    """
    documents: list[Document] = []
    for name, text in texts:
        document = parse(text, name, environment, target)
        environment = document.environment or environment
        documents.append(document)
    return documents
