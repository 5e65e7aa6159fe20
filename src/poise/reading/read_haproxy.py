"""HAProxy's files as topologies: one file, or several that HAProxy reads as one (`haproxy -f a -f b`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from poise.balancers.haproxy.document import Document
from poise.balancers.haproxy.lower import lower
from poise.balancers.haproxy.together import parse_together
from poise.model.could_not import CouldNot
from poise.model.topology import Topology
from poise.reading.files import Text
from poise.reading.haproxy_maps import with_maps


def read_haproxy(
    texts: Sequence[Text], environment: Mapping[str, str], target: str | None, judged: str | None, on_disk: bool = True
) -> Topology | list[CouldNot]:
    """These texts in this order as one configuration; what to say instead where one of them is a template.

    `target` is the version that was named, `judged` the one that `.if version_atleast(…)` is asked of. Without `on_disk` no map is read.
    """
    topology = lower(parse_together([(text.name, text.text) for text in texts], environment, judged), target, judged)
    wrong = {entry.what for entry in topology.could_not}
    templates = [CouldNot(text.name, said, line) for text in texts for said, line in _template(text.text, text.name in wrong)]
    return templates or with_maps(replace(topology, files=tuple(text.name for text in texts)), on_disk)


def _template(text: str, wrong: bool) -> list[tuple[str, int]]:
    """Why the text is a template, and the line. Braces in a quoted answer to clients are none, unless lines fail as well (`wrong`)."""
    # HAProxy takes `${…}` and `%{…}` itself, so these are looked at where lines fail only.
    if not wrong and not any(sign in text for sign in ("{{", "{%", "<%")):
        return []
    from poise.balancers.template import looks_like_template  # noqa: PLC0415 - few files have such signs

    found = looks_like_template(text)
    if found is None:
        return []
    line = text.split("\n", found.line)[found.line - 1]
    quoted = line[: line.find(found.sign)].count('"') % 2 == 1
    return [] if quoted and not wrong else [(found.reason, found.line)]


def grouped(texts: Sequence[Text]) -> list[list[Text]]:
    """The HAProxy files of a folder, in the order of its walk, as configurations.

    All are one, as for `haproxy -f FOLDER`, when exactly one has a global section and no proxy is declared in two, which HAProxy would
    refuse. Else the same is asked of each folder below; what is left are configurations by themselves.
    """
    if len(texts) < 2:
        return [[text] for text in texts]
    pieces = [text for text in texts if text.name.endswith(".cfg")]
    others = [[text] for text in texts if not text.name.endswith(".cfg")]
    documents = {text.name: parse_together([(text.name, text.text)]) for text in pieces}
    if _belong_together([document for text in pieces for document in documents[text.name]]):
        return [pieces, *others]
    by_folder: dict[str, list[Text]] = {}
    for text in pieces:
        by_folder.setdefault(text.name.rpartition("/")[0], []).append(text)
    groups: list[list[Text]] = []
    for inside in by_folder.values():
        whole = _belong_together([document for text in inside for document in documents[text.name]])
        groups += [inside] if whole else [[text] for text in inside]
    return [*groups, *others]


def named_together(texts: Sequence[Text]) -> list[list[Text]]:
    """The HAProxy files that somebody named, in that order, as configurations: one, unless HAProxy would refuse them together or two have a
    global section, as two processes' files do."""
    documents = [document for text in texts for document in parse_together([(text.name, text.text)])]
    return [[*texts]] if len(texts) < 2 or _belong_together(documents, (0, 1)) else [[text] for text in texts]


def _belong_together(documents: Sequence[Document], allowed: Sequence[int] = (1,)) -> bool:
    processes = sum(any(section.kind == "global" for section in document.sections) for document in documents)
    seen: set[tuple[bool, str]] = set()
    for document in documents:
        own = {
            (front, section.name)
            for section in document.sections
            for front, kinds in ((True, ("frontend", "listen")), (False, ("backend", "listen")))
            if section.kind in kinds
        }
        if own & seen:
            return False
        seen |= own
    return processes in allowed
