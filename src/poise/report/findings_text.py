"""An audit for a person at a terminal. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from poise.model.audit import Audit, ReadFile
from poise.model.could_not import CouldNot
from poise.model.finding import Finding
from poise.model.regexp import regexp
from poise.report.ink import Ink
from poise.report.printable import one_line, printable

# A longer line is generated, JSON without line breaks perhaps: nobody finds anything in it, and its place is told.
LONGEST_SHOWN = 400
# Of a line that is longer than a screen is wide, so many characters around the place are shown.
WIDE, BEFORE = 120, 40
# Words of which one stands in every line that `masked_copy` would change; what it takes to import is more than most audits. What they all
# begin with is looked for first: most lines of ASCII hold none of it.
_BEGINNINGS = [
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "key",
    "auth",
    "cookie",
    "@",
    "basic",
    "bearer",
    "setenv",
    "tcp-check",
    "hmac",
    "aes_gcm",
    "jwt",
]
_HINT = regexp(
    r"pass(?![ \t]+[^ \t=])|password|passwd|pwd|secret|token|credential|[_-]key|key\b|auth|cookie|//\S*@|basic|bearer|setenv"
    r"|tcp-check|hmac|aes_gcm|passphrase|jwt",
    re.IGNORECASE,
)


def text(audit: Audit, colour: bool = False) -> str:
    """Each finding with its line of the file, then what could not be read, then one line that sums up."""
    ink = Ink(colour)
    # Cut once: a large file may have a finding on every line.
    spoken_of = {finding.location.file for finding in audit.findings}
    sources = {name: source.split("\n") for name, source in audit.texts if name in spoken_of}
    lines: list[str] = []
    for finding in audit.findings:
        lines += [*_finding(finding, sources.get(finding.location.file, ()), ink), ""]
    for fixed in audit.fixed:
        about = f" {one_line(fixed.message)}" if fixed.message else ""
        lines.append(f"{ink.paint('fixed', 'good')} {one_line(fixed.file)}: {one_line(fixed.rule)}{about}")
    lines += could_not_lines(audit.could_not, ink)
    lines += [f"{ink.paint('not judged', 'dim')} {_about(entry)}" for entry in audit.not_judged]
    lines += [f"{ink.paint('note', 'dim')} {one_line(r.what)}{f':{r.line}' if r.line else ''}: {one_line(r.text)}" for r in audit.remarks]
    lines.append(summary(audit))
    return "\n".join(lines) + "\n"


def could_not_lines(could_not: Sequence[CouldNot], ink: Ink) -> list[str]:
    """One line for each thing that could not be done."""
    return [f"{ink.paint('could not', 'warning')} {_about(c)}" for c in could_not]


def _about(c: CouldNot) -> str:
    return f"{one_line(c.what)}{f':{c.line}' if c.line else ''}: {one_line(c.reason)}"


def summary(audit: Audit) -> str:
    """One line: how many findings of each severity in how many files. It never says clean of what was not read."""
    counts = Counter(f.severity for f in audit.findings)
    words = [f"{counts[s]} {s}{'' if counts[s] == 1 or s == 'info' else 's'}" for s in ("error", "warning", "info") if counts[s]]
    number = len({name for r in audit.read for name in r.files or (r.file,)})
    files = f" in {number} file{'' if number == 1 else 's'}" if number else ""
    known = sorted({_version(r) for r in audit.read})
    accepted = f"; {len(audit.accepted)} accepted" if audit.accepted else ""
    baseline = f"; {len(audit.known)} in the baseline" if audit.known else ""
    gone = f"; {len(audit.fixed)} of the baseline fixed" if audit.fixed else ""
    missed = f"; {len(audit.could_not)} not understood, so this is not the whole picture" if audit.could_not else ""
    left_out = f"; {excluded(audit.excluded)}" if audit.excluded else ""
    handed = all("management server" in each.reason for each in audit.not_judged)
    elsewhere = f"; not judged: what {'a management server hands out' if handed else 'other files hold'}" if audit.not_judged else ""
    found = ", ".join(words) or (
        "nothing was read" if not audit.read else "no findings in what was understood" if audit.could_not else "no findings"
    )
    products = f" ({'; '.join(known)})" if known else ""
    return printable(f"{found}{files}{products}{accepted}{baseline}{gone}{left_out}{missed}{elsewhere}")


def excluded(files: Sequence[str]) -> str:
    """How many files were left out."""
    return f"{len(files)} file{'' if len(files) == 1 else 's'} excluded"


def _version(read: ReadFile) -> str:
    """A product as it was judged: "haproxy 2.6.12, installed"; without a word where the user named the version."""
    if read.target is None:
        return read.product
    return f"{read.product} {read.target}" if read.target_from == "given" else f"{read.product} {read.target}, {read.target_from}"


def _finding(f: Finding, source: Sequence[str], ink: Ink) -> Iterator[str]:
    place = one_line(str(f.location))
    yield f"{ink.paint(place, 'strong')} {ink.paint(f.severity, f.severity)} {f.rule}"
    yield f"  {one_line(f.message)}"
    yield from _excerpt(f, source, ink)
    yield f"  {ink.paint('why:', 'dim')} {one_line(f.why)}"
    yield f"  {ink.paint('do: ', 'dim')} {one_line(f.remedy)}"


def _excerpt(f: Finding, source: Sequence[str], ink: Ink) -> Iterator[str]:
    if not 1 <= f.location.line <= len(source):
        return
    line = source[f.location.line - 1].rstrip("\r")
    if len(line) > LONGEST_SHOWN:
        return
    shown, column = one_line(_masked(line)), f.location.column
    # Escaping lengthens a line: then the mark would point at the wrong word.
    width = f.location.end - f.location.start if len(shown) == len(line) else 0
    marked = 0 < width <= len(line) - column + 1 < len(line)
    if len(shown) == len(line) > WIDE:
        shown, column, width = _around(shown, column, width)
    number = str(f.location.line)
    yield f"  {ink.paint(f'{number} |', 'dim')} {shown}"
    if marked:
        yield f"  {' ' * len(number)} {ink.paint('|', 'dim')} {' ' * (column - 1)}{ink.paint('^' * width, f.severity)}"


def _around(line: str, column: int, width: int) -> tuple[str, int, int]:
    """A part of a long line with the place in it, its column there, and how much of it is seen."""
    begin = max(0, min(column - 1 - BEFORE, len(line) - WIDE))
    end = min(len(line), begin + WIDE)
    head, tail = "… " if begin else "", " …" if end < len(line) else ""
    return f"{head}{line[begin:end]}{tail}", column - begin + len(head), min(width, end - column + 1)


def _masked(line: str) -> str:
    """The line without the passwords in it, as long as before: what an audit prints ends up in a CI's log."""
    # The commonest of all lines is asked without its word, which is followed by no password.
    small = line.lower().replace("proxy_pass h", "h")
    if (line.isascii() and not any(word in small for word in _BEGINNINGS)) or not _HINT.search(line):
        return line
    from poise.model.without_secrets import masked_copy  # noqa: PLC0415

    return masked_copy(line)
