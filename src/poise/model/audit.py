"""What an audit read, found, and could not do."""

from typing import Literal

from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.light import dataclass
from poise.model.needs import Acceptance
from poise.model.remark import Remark

TargetFrom = Literal["given", "installed", "assumed"]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One configuration that was read. `target` is the product's version that it was judged by, `target_from` who says so.

    given: the user; installed: the binary that is installed here; assumed: poise. `files` are all that were read as this configuration,
    the named one first.
    """

    file: str
    product: str
    target: str | None = None
    target_from: TargetFrom = "assumed"
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baselined:
    """One finding of a baseline file. `text` is the line that it stood at, without its spaces at both ends and doubled ones."""

    rule: str
    file: str
    pool: str | None
    server: str | None
    text: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The whole answer. `accepted` are findings that a named person accepted; `texts` the files as they were read, by name.

    `known` are findings that the baseline holds, `fixed` what it holds and is gone. `not_judged` is what stands in
    no file (Envoy: a management server hands it out): nothing failed, and nothing is known of it. `remarks` change
    no exit code. `excluded` are the files that were left out because somebody said so.
    """

    findings: tuple[Finding, ...]
    read: tuple[ReadFile, ...]
    could_not: tuple[CouldNot, ...] = ()
    accepted: tuple[tuple[Finding, Acceptance], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    known: tuple[Finding, ...] = ()
    fixed: tuple[Baselined, ...] = ()
    not_judged: tuple[CouldNot, ...] = ()
    remarks: tuple[Remark, ...] = ()
    excluded: tuple[str, ...] = ()
