"""How many arguments a keyword takes, and of what kind: as 2.6.12 and 2.8.25 answer when asked about each of them.

A table maps what is wanted to keywords. `1` is exactly one argument, `1+` one or more, `0-1` at most one; behind a colon stands what the
first must be: `int` digits with a sign, `size` a number with k, m or g, `time`, `unsigned` a number that is not negative, read as far as
digits go, `above0` such a number above 0, or the words that are permitted, with bars between them. What only one version refuses, such
as a range, is not held against a file.
"""

from collections.abc import Mapping, Sequence

from poise.balancers.haproxy.values import bind_error, duration, integer
from poise.model.regexp import regexp

_INTEGER = regexp(r"[+-]?\d{1,18}")
_SIZE = regexp(r"[+-]?\d{1,18}[kmgKMG]?")
_CPU = regexp(r"(?:auto:)?(?:all|odd|even|\d)")
_WANTED = regexp(r"(\d)(?:(\+)|-(\d))?(?::(.+))?")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GLOBAL = {
    "0": "busy-polling h1-accept-payload-with-any-method h2-workaround-bogus-websocket-clients insecure-fork-wanted insecure-setuid-wanted "
    "no-memory-trimming noepoll noevports nogetaddrinfo nokqueue nopoll noreuseport nosplice pp2-never-send-local "
    "strict-limits tune.ssl.force-private-cache zero-warning limited-quic no-quic prealloc-fd daemon",
    "0-1:no-exit-on-failure": "master-worker",
    "0-1:preserve-env": "external-check",
    "0-1": "httpclient.resolvers.id httpclient.ssl.ca-file",
    "0+:int": "tune.lua.forced-yield tune.stick-counters",
    "0+:size": "tune.vars.check-max-size tune.vars.global-max-size tune.vars.proc-max-size tune.vars.reqres-max-size "
    "tune.vars.sess-max-size tune.vars.txn-max-size",
    "0+:prefix|mode|uid|gid|user|group": "unix-bind",
    "2": "h1-case-adjust",
    "2+:cpu": "cpu-map",
    "2+:proc": "set-var set-var-fmt",
    "1:ipv4|ipv6": "httpclient.resolvers.prefer",
    "1:by-process|by-group|by-thread": "tune.listener.default-shards",
    "1+:current|config|parent|origin": "default-path",
    "1+:none|all|bundle|sctl|ocsp|issuer|key": "ssl-load-extra-files",
    "1+:tls": "ssl-default-bind-options ssl-default-server-options",
    "1:above0": "tune.bufsize tune.comp.maxlevel tune.h2.header-table-size tune.h2.max-frame-size tune.http.maxhdr tune.memory.hot-size "
    "tune.peers.max-updates-at-once tune.zlib.memlevel tune.zlib.windowsize",
    "1:int": "nbthread thread-groups",
    "1+:int": "thread-group tune.lua.maxmem",
    "1": "ca-base cluster-secret crt-base fd-hard-limit localpeer log-tag maxcomprate maxconnrate maxpipes maxsessrate "
    "maxsslrate maxzlibmem pidfile ssl-default-bind-ciphers ssl-default-bind-ciphersuites ssl-default-bind-curves "
    "ssl-default-server-ciphers ssl-default-server-ciphersuites tune.buffers.limit tune.buffers.reserve tune.http.cookielen "
    "tune.http.logurilen tune.maxaccept tune.maxpollevents chroot gid uid group user h1-case-adjust-file httpclient.retries "
    "issuers-chain-path tune.pipesize tune.rcvbuf.client tune.rcvbuf.server tune.recv_enough "
    "tune.runqueue-depth tune.sndbuf.client tune.sndbuf.server ulimit-n ssl-dh-param-file node ssl-provider "
    "tune.ssl.default-dh-param maxconn ssl-default-bind-client-sigalgs ssl-default-bind-sigalgs",
    "1:unsigned": "maxcompcpuusage maxsslconn spread-checks tune.maxrewrite tune.pool-high-fd-ratio tune.pool-low-fd-ratio "
    "tune.ssl.cachesize tune.ssl.capture-buffer-size tune.ssl.capture-cipherlist-size tune.ssl.hard-maxrecord tune.ssl.maxrecord "
    "tune.ssl.ssl-ctx-cache-size",
    "0-1:unsigned": "tune.h2.be.glitches-threshold tune.h2.be.initial-window-size tune.h2.be.max-concurrent-streams "
    "tune.h2.fe.glitches-threshold tune.h2.fe.initial-window-size tune.h2.fe.max-concurrent-streams tune.h2.fe.max-total-streams "
    "tune.fail-alloc tune.h2.initial-window-size tune.h2.max-concurrent-streams",
    "1+": "description server-state-base server-state-file ssl-provider-path unsetenv lua-prepend-path lua-load "
    "lua-load-per-thread setcap ssl-propquery",
    "1+:unsigned": "anonkey tune.ssl.ocsp-update.mindelay tune.ssl.ocsp-update.maxdelay tune.pattern.cache-size",
    "1+:time": "close-spread-time grace hard-stop-after tune.lua.service-timeout tune.lua.session-timeout tune.lua.task-timeout "
    "tune.lua.burst-timeout",
    "1:time": "tune.idletimer max-spread-checks tune.ssl.lifetime httpclient.timeout.connect",
    "1:on|off": "tune.idle-pool.shared tune.listener.multi-queue tune.sched.low-latency tune.ssl.keylog "
    "harden.reject-privileged-ports.quic harden.reject-privileged-ports.tcp httpclient.resolvers.disabled "
    "tune.lua.log.loggers tune.fd.edge-triggered",
    "1:on|off|auto": "profiling.tasks tune.lua.log.stderr",
    "1:none|required": "httpclient.ssl.verify ssl-server-verify",
}
PROXY = {
    "0": "transparent",
    "1": "backlog monitor-uri log-format log-format-sd error-log-format unique-id-format",
    "1+": "description dynamic-cookie-key http-send-name-header log-tag max-session-srv-conns unique-id-header errorfiles use-fcgi-app "
    "source dispatch",
    "1:above0": "id",
    "0-1": "server-state-file-name",
    "1+:int": "clitcpka-cnt srvtcpka-cnt max-keep-alive-queue",
    "1+:time": "clitcpka-idle clitcpka-intvl srvtcpka-idle srvtcpka-intvl",
    "1+:global|local|none": "load-server-state-from-file",
    "2:status": "errorfile errorloc errorloc302 errorloc303",
    "2+:status": "http-error",
    "2+:sessions": "rate-limit",
    "2+:command|path": "external-check",
    "2+:cookie|request|response": "capture",
    "1+:algo|type|offload|direction|minsize-req|minsize-res|algo-req|algo-res|type-req|type-res": "compression",
    "2+:capture": "declare",
    "2+:if|unless": "force-persist ignore-persist",
    "2+:fail": "monitor",
    "2+:code|location|prefix|scheme|drop-query|append-slash|ignore-empty|set-cookie|clear-cookie|keep-query": "redirect",
}
SECTIONS = {
    "peers": {"3+": "table"},
    "mailers": {"2+": "mailer", "2+:mail": "timeout"},
    "resolvers": {
        "1+:unsigned": "accepted_payload_size",
        "2+:nx|other|refused|timeout|valid|obsolete": "hold",
        "2+": "nameserver",
        "1+": "resolve_retries",
        "2+:resolve|retry": "timeout",
    },
    "userlist": {"1+": "user group"},
    "program": {"1+": "command group user", "1+:start-on-reload": "option"},
    "fcgi-app": {
        "1": "docroot index path-info",
        "1+": "pass-header",
        "1+:keep-conn|get-values|max-reqs|mpxs-conns": "option",
        "2+": "set-param acl",
    },
    "cache": {"1+:int": "total-max-size max-object-size max-secondary-entries", "0-1": "max-age process-vary"},
    "http-errors": {"2:status": "errorfile"},
    "ring": {
        "1+": "description backing-file maxlen",
        "1+:iso|local|raw|rfc3164|rfc5424|short|priority|timed": "format",
        "1+:above0": "size",
        "2+": "server",
    },
    "log-forward": {"1": "backlog maxconn", "2+:client": "timeout"},
}
# Options by what may stand behind them; those that are in no table take nothing.
OPTIONS = {
    "forwardfor": "except|header|if-none",
    "originalto": "except|header",
    "httplog": "clf",
    "http-restrict-req-hdr-names": "preserve|delete|reject",
    "mysql-check": "user",
    "pgsql-check": "user",
}
FREE_OPTIONS = _set("forwarded httpslog httpchk smtpchk redispatch http-keep-alive http-server-close httpclose")
# The codes that HAProxy answers by itself (2.6 and 2.8).
STATUSES = _set("200 400 401 403 404 405 407 408 410 413 421 422 425 429 500 501 502 503 504")
FACILITIES = _set(
    "kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 local0 local1 local2 local3 local4 local5 "
    "local6 local7"
)
LEVELS = _set("emerg alert crit err warning notice info debug")
_LOG_VALUES = ("len", "format", "sample", "ring", "profile")


def _by_keyword(table: Mapping[str, str]) -> Mapping[str, str]:
    return {keyword: wanted for wanted, keywords in table.items() for keyword in keywords.split()}


_SECTIONS = {section: _by_keyword(table) for section, table in SECTIONS.items()}
_GLOBAL, _PROXY = _by_keyword(GLOBAL), _by_keyword(PROXY)


def global_problem(keyword: str, arguments: Sequence[str], negated: bool = False) -> str | None:
    """What HAProxy has against these arguments of a keyword of the global section; `negated`: whether `no` stands before it."""
    if keyword == "log":
        return _log(arguments, negated)
    wanted = _GLOBAL.get(keyword)
    return _problem(keyword, arguments, wanted) if wanted else None


def proxy_problem(keyword: str, arguments: Sequence[str], negated: bool = False) -> str | None:
    """What HAProxy has against these arguments of a keyword of defaults, frontend, backend or listen."""
    if keyword == "log":
        return None if list(arguments) == ["global"] and not negated else _log(arguments, negated)
    wanted = _PROXY.get(keyword)
    return _problem(keyword, arguments, wanted) if wanted else None


def section_problem(section: str, keyword: str, arguments: Sequence[str], negated: bool = False) -> str | None:
    """What HAProxy has against these arguments of a keyword of a section that carries no traffic."""
    if keyword in ("log", "log-stderr"):
        return None if list(arguments[:1]) == ["global"] and not negated else _log(arguments, negated)
    wanted = _SECTIONS.get(section, {}).get(keyword)
    problem = _problem(keyword, arguments, wanted) if wanted else None
    at = {"nameserver": 1, "mailer": 1, "peer": 1, "bind": 0, "dgram-bind": 0}.get(keyword)
    if section == "log-forward" and keyword == "bind":
        at = None  # 2.6 takes anything
    if problem is None and at is not None and at < len(arguments) and "$" not in arguments[at] and arguments[at]:
        problem = bind_error(arguments[at])
    return problem


def option_problem(name: str, arguments: Sequence[str], negated: bool) -> str | None:
    """What HAProxy has against what stands behind the name of an option."""
    if name in FREE_OPTIONS:
        return _too_many(f"option {name}", arguments, 0) if negated and name not in ("redispatch", "forwarded") else None
    words = OPTIONS.get(name)
    if words is None:
        return _too_many(f"option {name}", arguments, 0)
    if arguments and arguments[0] and arguments[0] not in words.split("|"):
        return f"`option {name} {arguments[0]}`: HAProxy knows {words.replace('|', ', ')} there"
    if name == "pgsql-check" and len(arguments) < 2:
        return "`option pgsql-check` needs `user NAME`: HAProxy refuses the line"
    return None


def _too_many(keyword: str, arguments: Sequence[str], most: int) -> str | None:
    if len(arguments) > most and arguments[most]:
        return f"`{keyword}` takes {'no argument' if not most else 'no further argument'} (`{arguments[most]}`): HAProxy refuses the line"
    return None


def _problem(keyword: str, arguments: Sequence[str], wanted: str) -> str | None:
    match = _WANTED.fullmatch(wanted)
    assert match is not None
    least, more, most, kind = int(match[1]), match[2], match[3], match[4]
    given = sum(1 for argument in arguments if argument)
    if given < least:
        return f"`{keyword}` needs {'a value' if least == 1 else f'{least} arguments'}: HAProxy refuses the line"
    problem = None if more else _too_many(keyword, arguments, int(most or least))
    return problem or (_wrong(keyword, arguments[0], kind) if kind and arguments and arguments[0] else None)


def _wrong(keyword: str, value: str, kind: str) -> str | None:
    if kind == "int":
        return None if _INTEGER.fullmatch(value) else f"`{keyword} {value}` is not a number: HAProxy refuses the line"
    if kind == "size":
        return None if _SIZE.fullmatch(value) else f"`{keyword} {value}` is not a size: HAProxy refuses the line"
    if kind == "cpu":
        return None if _CPU.match(value) else f"`{keyword} {value}` names no thread, and a list of processors must follow it"
    if kind == "tls":
        return None if value.startswith(("no-", "force-", "ssl-", "strict-", "prefer-")) else f"`{keyword} {value}` is not a setting of TLS"
    if kind == "proc":
        return None if value.startswith("proc.") else f"`{keyword} {value}`: only variables named proc.… can be set here"
    if kind == "unsigned":
        return None if integer(value) >= 0 else f"`{keyword} {value}` is below 0: HAProxy refuses the line"
    if kind == "above0":
        return None if integer(value) > 0 else f"`{keyword} {value}`: HAProxy wants a number above 0"
    if kind == "time":
        time = duration(value)
        return f"`{keyword}`: {time}" if isinstance(time, str) else None
    if kind == "status":
        known = value in STATUSES or value == "status"
        return None if known else f"`{keyword} {value}` is not an answer that HAProxy gives by itself: it refuses the line"
    allowed = kind.split("|")
    return None if value in allowed else f"`{keyword} {value}`: HAProxy knows {', '.join(allowed)} there"


def _log(arguments: Sequence[str], negated: bool) -> str | None:
    """`no log`, or `log ADDRESS [len N] [format F] [sample R] FACILITY [LEVEL [MINIMUM]]` (configuration manual, 3.1 and 4.2)."""
    if negated:
        return _too_many("no log", arguments, 0)
    at = 1
    while at + 1 < len(arguments) and arguments[at] in _LOG_VALUES:
        at += 2
    if at >= len(arguments) or not arguments[at]:
        return "`log` needs an address and a facility, or `global`: HAProxy refuses the line"
    if arguments[at] not in FACILITIES:
        return f"`log … {arguments[at]}` is not a facility of syslog: HAProxy refuses the line"
    wrong = next((level for level in arguments[at + 1 : at + 3] if level and level not in LEVELS), None)
    return f"`log … {wrong}` is not a level of syslog: HAProxy refuses the line" if wrong else None
