"""Reads Envoy's configuration files, YAML or JSON: text to a Document with exact spans, and back without the loss of a byte.

Never raises on any text. What Envoy would refuse, or what is no configuration yet, becomes `Document.could_not`.
"""

import re
from dataclasses import replace

from poise.balancers.envoy.document import Array, Document, Node, Object, Text
from poise.balancers.envoy.syntax.bare import bare, is_resources
from poise.balancers.envoy.syntax.plain_yaml import read_plain
from poise.balancers.envoy.syntax.problem import Problem
from poise.balancers.envoy.syntax.wrapped import config_map
from poise.balancers.template import HELM, looks_like_template
from poise.model.could_not import CouldNot
from poise.model.regexp import regexp

__all__ = ["Document", "parse", "recognise", "refusals", "unparse"]

_KEYS = (
    "static_?[rR]esources|dynamic_?[rR]esources|layered_?[rR]untime|overload_?[mM]anager|cluster_?[mM]anager|bootstrap_?[eE]xtensions"
    "|load_?[aA]ssignment"
)
_OWN = regexp(rf"(?:^(?:- )?|\{{\s*)[\"']?(?:{_KEYS})[\"']?[ \t]*:|\"(?:{_KEYS})\"\s*:", re.MULTILINE)
_FURTHER = regexp(rf",\s*[\"']?(?:{_KEYS})[\"']?\s*:")
_TYPE = regexp(
    r"type\.googleapis\.com/envoy\.(?:api\.v2\.|config\.(?:bootstrap|cluster|endpoint|listener|route)\.|service\.discovery\.|admin\."
    r"|extensions\.transport_sockets\.tls\.v3\.Secret\b)"
)
_WRAPPED = regexp(
    r"^(?:-[ \t]*)?[\"']?@type[\"']?[ \t]*:|^(?:resources|configs)[ \t]*:|[\"'](?:resources|configs|@type)[\"']\s*:", re.MULTILINE
)
_OTHER = regexp(r"^(?:apiVersion|kind)[ \t]*:", re.MULTILINE)
_IN_CONFIG_MAP = regexp(r"^[ \t]+(?:static_resources|dynamic_resources)[ \t]*:", re.MULTILINE)


def parse(text: str, file: str) -> Document:
    """Read one file.

    `text` holds its text, with bytes that are not UTF-8 as surrogates (`errors="surrogateescape"`); `file` is the name to report. Envoy
    reads a file named *.yaml or *.yml as YAML and every other as JSON; here one of another name is JSON if it begins like JSON.
    """
    places = Text(file, text)
    if config_map(text):
        template = looks_like_template(text)
        if template is not None:
            by = template if template.language != "Go template" else replace(template, language="Helm", advice=HELM)
            reason = f"{by.reason}. That is a ConfigMap of Kubernetes: it is the configuration in it that poise reads"
            return Document(file, text, None, (CouldNot(file, reason, template.line),), places=places)
        line = places.line(max(0, text.find("kind:")))
        reason = (
            "it is a ConfigMap of Kubernetes that carries an Envoy configuration. Take the configuration out: kubectl get -f "
            f"{file} -o jsonpath='{{.data.envoy\\.yaml}}' > envoy.yaml, and audit that"
        )
        return Document(file, text, None, (CouldNot(file, reason, line),), places=places)
    json = _is_json(text, file)
    root, problems = _read_json(text) if json else _read_yaml(text)
    if isinstance(root, Array) and is_resources(root):
        # As tools and management servers keep them; Envoy itself wants them below `resources`.
        return Document(file, text, root if not problems else None, refusals(places, problems), json, places)
    if root is not None and not isinstance(root, Object) and not problems:
        problems.append(Problem(root.start, "an Envoy configuration is a map of keys, not a list or a word: Envoy refuses the file"))
    if root is None and not problems:
        problems.append(Problem(0, "it is empty: Envoy refuses it"))
    if problems:
        root = None
    return Document(file, text, root, refusals(places, problems), json, places)


def _read_json(text: str) -> tuple[Node | None, list[Problem]]:
    from poise.balancers.envoy.syntax.json_text import read_json  # noqa: PLC0415 - most files are YAML

    return read_json(text)


def _read_yaml(text: str) -> tuple[Node | None, list[Problem]]:
    plain = read_plain(text)
    if plain is not None:
        return plain, []
    from poise.balancers.envoy.syntax.yaml_text import read_with_care  # noqa: PLC0415 - few files need it

    return read_with_care(text)


def refusals(places: Text, problems: list[Problem]) -> tuple[CouldNot, ...]:
    """The problems as values for the report, one a line. A template has one reason only, whatever it makes of the syntax.

    Only what Envoy refuses is asked for signs of a template: in a good file they are the text of a filter (Lua, a log format).
    """
    if not problems:
        return ()
    template = looks_like_template(places.text, variables=True)
    if template is not None:
        return (CouldNot(places.file, template.reason, template.line),)
    by_line: dict[int, str] = {}
    for problem in sorted(problems, key=lambda each: each.at):
        by_line.setdefault(places.line(problem.at), problem.reason)
    return tuple(CouldNot(places.file, reason, line) for line, reason in by_line.items())


def _is_json(text: str, file: str) -> bool:
    name = file.lower()
    if name.endswith((".yaml", ".yml")):
        return False
    return name.endswith(".json") or text[:100].lstrip("\ufeff \t\r\n").startswith(("{", "[{"))


def _in_brackets(text: str) -> bool:
    """Whether the first line that is no comment opens a map in brackets."""
    lines = (line.strip() for line in text.removeprefix("\ufeff").split("\n", 2000))
    return next((line for line in lines if line and not line.startswith(("#", "---"))), "").startswith("{")


def unparse(document: Document) -> str:
    """The text that the document was read from, byte for byte."""
    return document.text


def recognise(text: str) -> bool:
    """Whether this looks like a configuration of Envoy: a bootstrap, or a file of resources for its discovery services."""
    if _OTHER.search(text):
        return config_map(text) and _IN_CONFIG_MAP.search(text) is not None
    if "\nstatic_resources:" in text or _OWN.search(text):
        return True
    if _in_brackets(text) and _FURTHER.search(text):
        # A bootstrap in YAML's brackets: `{admin: …, static_resources: …}`.
        return True
    return (_TYPE.search(text) is not None and _WRAPPED.search(text) is not None) or bare(text)
