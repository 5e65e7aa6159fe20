"""What HAProxy's conditions decide about a client whom nobody knows: no listed address, no password, certificate, token or cookie. Pure."""

import re
from collections.abc import Iterable, Mapping

from poise.balancers.haproxy.criteria import Criterion, Term, condition
from poise.model.regexp import regexp

# What any client may choose, and so get past.
FREE = regexp(
    r"method|ssl_fc\b(?!_has_crt)|ssl_fc_(?:sni|alpn|protocol|cipher)|req\.ver|req\.proto|http_first_req|rand|"
    r"hdr\((?:host|user-agent|referer|accept[a-z-]*|origin|connection|upgrade|content-[a-z]*|x-forwarded-proto)\b|hdr_cnt|req\.ssl_"
)
# Where a request came in: not the client's to choose, and not known here.
ELSEWHERE = regexp(r"dst|so_id|fe_|be_|nbsrv|env\(|str\(|bool\(|int\(|lua\.|date|hostname|nbproc|proc")
PATHS = ("path", "pathq", "url", "uri", "base")


def turned_away(line: str, options: Mapping[str, str], page: str) -> bool:
    """Whether that rule (`deny if !{ src 10.0.0.0/8 }`) refuses a stranger the page. In doubt it does: a guard that is not understood
    is one. `options` are the section's."""
    return met(_written(line), options, page) is True


def let_in(written: str | None, options: Mapping[str, str]) -> bool:
    """Whether a stranger may meet that condition of a `use_backend`. In doubt not."""
    return met(written, options, None, doubt=False) is not False


def met(written: str | None, options: Mapping[str, str], page: str | None, doubt: bool = True) -> bool | None:
    """Whether a stranger who asks for that page meets the condition: True he must, False he cannot, None he may choose.

    None for `written` is no condition. Of what is not known, he meets whatever leads to `doubt`.
    """
    asked = condition(written, options)
    if asked is None:
        return True
    found = {_branches(asked.branches, page, assumed) for assumed in (True, False)}
    found = {answer if answer is None else answer != asked.negated for answer in found}
    return doubt if doubt in found else None if None in found else not doubt


def _written(line: str) -> str | None:
    found = re.search(r"\b(?:if|unless) ", line)
    return line[found.start() :] if found else None


def _branches(branches: Iterable[Iterable[Term]], page: str | None, assumed: bool) -> bool | None:
    return _any(_all(_term(term, page, assumed) for term in branch) for branch in branches)


def _term(term: Term, page: str | None, assumed: bool) -> bool | None:
    answer = _any(_meets(each, page, assumed) for each in term.any_of) if term.any_of else _named(term.name or "", assumed)
    return answer if answer is None else answer != term.negated


def _named(name: str, assumed: bool) -> bool | None:
    """An acl that HAProxy declares itself; any other stands in no section that is known."""
    if name in ("TRUE", "FALSE", "LOCALHOST"):
        return name == "TRUE"
    return None if name.startswith(("METH_", "HTTP", "REQ_CONTENT", "WAIT_END")) else assumed


def _meets(asked: Criterion, page: str | None, assumed: bool) -> bool | None:
    fetch = asked.fetch
    if fetch in ("always_true", "always_false"):
        return fetch == "always_true"
    if fetch.split(",")[0] in ("src", "hdr(x-forwarded-for)"):
        return any(pattern.endswith("/0") for pattern in asked.patterns)
    if re.match(rf"(?:{'|'.join(PATHS)})(?!_?param)\b", fetch):
        return None if page is None else assumed if asked.how == "reg" or not asked.whole else _names(asked, page)
    if FREE.match(fetch):
        return None
    # A header, a cookie or a counter of some value is what most clients do not have.
    return assumed if ELSEWHERE.match(fetch) else False


def _names(asked: Criterion, page: str) -> bool:
    ways = {"beg": page.startswith, "end": page.endswith, "sub": page.__contains__, "dir": page.__contains__, "dom": page.__contains__}
    matches = ways.get(asked.how, page.startswith)
    return any(matches(pattern.partition("?")[0].rstrip("/")) for pattern in asked.patterns if pattern.strip("/?") or not page)


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return True if True in found else None if None in found else False
