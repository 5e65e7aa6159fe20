"""The keywords HAProxy 2.6 and 2.8 know, as their own binaries list them (`-dKcfg` of 2.6.12 and 2.8.25; the ones not listed there
by asking the binary about each). tests/balancers/haproxy/test_keywords.py compares these tables with the binaries.

A table without a number holds for both; `…_28` is what 2.8 adds, `…_26` what only 2.6 still takes.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that open a section.
SECTIONS = _set(
    "global defaults frontend backend listen peers mailers namespace_list userlist resolvers ring log-forward cache http-errors "
    "program fcgi-app traces crt-store log-profile acme"
)
# Sections that came after 2.8 (release announcements of 3.0, 3.1 and 3.2).
SECTIONS_SINCE = {"crt-store": "3.0", "traces": "3.1", "log-profile": "3.1", "acme": "3.2"}
# What may follow `no` and `default`; which options may is NEGATABLE_OPTIONS.
NEGATABLE = _set("option log busy-polling set-dumpable strict-limits insecure-fork-wanted numa-cpu-mapping")

# Keywords of `global`.
GLOBAL = _set(
    "busy-polling ca-base chroot close-spread-time cluster-secret cpu-map crt-base daemon default-path description "
    "expose-experimental-directives external-check fd-hard-limit gid grace group h1-accept-payload-with-any-method h1-case-adjust "
    "h1-case-adjust-file h2-workaround-bogus-websocket-clients hard-stop-after httpclient.resolvers.id "
    "httpclient.resolvers.prefer httpclient.ssl.ca-file httpclient.ssl.verify insecure-fork-wanted insecure-setuid-wanted "
    "issuers-chain-path localpeer log log-send-hostname log-tag lua-load lua-load-per-thread lua-prepend-path master-worker "
    "max-spread-checks maxcompcpuusage maxcomprate maxconn maxconnrate maxpipes maxsessrate maxsslconn maxsslrate maxzlibmem "
    "mworker-max-reloads nbthread no-memory-trimming node noepoll noevports nogetaddrinfo nokqueue nopoll noreuseport nosplice "
    "numa-cpu-mapping pidfile pp2-never-send-local presetenv profiling.tasks quiet resetenv server-state-base server-state-file "
    "set-dumpable set-var set-var-fmt setenv spread-checks ssl-default-bind-ciphers ssl-default-bind-ciphersuites "
    "ssl-default-bind-curves ssl-default-bind-options ssl-default-server-ciphers ssl-default-server-ciphersuites "
    "ssl-default-server-options ssl-dh-param-file ssl-load-extra-del-ext ssl-load-extra-files ssl-mode-async ssl-propquery "
    "ssl-provider ssl-provider-path ssl-server-verify ssl-skip-self-issued-ca stats strict-limits thread-group thread-groups "
    "tune.buffers.limit tune.buffers.reserve tune.bufsize tune.comp.maxlevel tune.fail-alloc tune.fd.edge-triggered "
    "tune.h2.header-table-size tune.h2.initial-window-size tune.h2.max-concurrent-streams tune.h2.max-frame-size "
    "tune.http.cookielen tune.http.logurilen tune.http.maxhdr tune.idle-pool.shared tune.idletimer tune.listener.multi-queue "
    "tune.lua.forced-yield tune.lua.maxmem tune.lua.service-timeout tune.lua.session-timeout tune.lua.task-timeout tune.maxaccept "
    "tune.maxpollevents tune.maxrewrite tune.pattern.cache-size tune.peers.max-updates-at-once tune.pipesize "
    "tune.pool-high-fd-ratio tune.pool-low-fd-ratio tune.rcvbuf.client tune.rcvbuf.server tune.recv_enough tune.runqueue-depth "
    "tune.sched.low-latency tune.sndbuf.client tune.sndbuf.server tune.ssl.cachesize tune.ssl.capture-buffer-size "
    "tune.ssl.capture-cipherlist-size tune.ssl.default-dh-param tune.ssl.force-private-cache tune.ssl.hard-maxrecord "
    "tune.ssl.keylog tune.ssl.lifetime tune.ssl.maxrecord tune.ssl.ssl-ctx-cache-size tune.vars.check-max-size "
    "tune.vars.global-max-size tune.vars.proc-max-size tune.vars.reqres-max-size tune.vars.sess-max-size tune.vars.txn-max-size "
    "uid ulimit-n unix-bind unsetenv user zero-warning"
)
GLOBAL_28 = _set(
    "anonkey harden.reject-privileged-ports.quic harden.reject-privileged-ports.tcp httpclient.resolvers.disabled "
    "httpclient.retries httpclient.timeout.connect prealloc-fd setcap ssl-default-bind-client-sigalgs ssl-default-bind-sigalgs "
    "trace tune.disable-fast-forward tune.h2.be.glitches-threshold tune.h2.be.initial-window-size "
    "tune.h2.be.max-concurrent-streams tune.h2.fe.glitches-threshold tune.h2.fe.initial-window-size "
    "tune.h2.fe.max-concurrent-streams tune.h2.fe.max-total-streams tune.listener.default-shards tune.lua.burst-timeout "
    "tune.lua.log.loggers tune.lua.log.stderr tune.memory.hot-size tune.ssl.certificate-compression tune.ssl.ocsp-update.maxdelay "
    "tune.ssl.ocsp-update.mindelay tune.stick-counters tune.zlib.memlevel tune.zlib.windowsize"
)
# Known only to binaries built with the feature, so a file that uses them is taken to run on such a one.
GLOBAL_BUILD = _set(
    "51degrees-cache-size 51degrees-data-file 51degrees-property-name-list 51degrees-property-separator deviceatlas-json-file "
    "deviceatlas-log-level deviceatlas-properties-cookie deviceatlas-separator limited-quic no-quic profiling.memory ssl-engine "
    "tune.quic.backend.max-idle-timeout tune.quic.frontend.conn-tx-buffers.limit tune.quic.frontend.max-idle-timeout "
    "tune.quic.frontend.max-streams-bidi tune.quic.max-frame-loss tune.quic.retry-threshold tune.quic.socket-owner "
    "wurfl-cache-size wurfl-data-file wurfl-information-list wurfl-information-list-separator wurfl-patch-file"
)

# Keywords of defaults, frontend, backend and listen.
PROXY = _set(
    "acl backlog balance bind capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression cookie declare default-server "
    "default_backend description disabled dispatch dynamic-cookie-key email-alert enabled error-log-format errorfile errorfiles "
    "errorloc errorloc302 errorloc303 external-check filter force-persist fullconn hash-balance-factor hash-type "
    "http-after-response http-check http-error http-request http-response http-reuse http-send-name-header id ignore-persist "
    "load-server-state-from-file log log-format log-format-sd log-tag max-keep-alive-queue max-session-srv-conns maxconn mode "
    "monitor monitor-uri option persist rate-limit redirect retries retry-on server server-state-file-name server-template source "
    "srvtcpka-cnt srvtcpka-idle srvtcpka-intvl stats stick stick-table tcp-check tcp-request tcp-response timeout transparent "
    "unique-id-format unique-id-header use-fcgi-app use-server use_backend"
)
PROXY_26 = _set("bind-process")

# Words that may follow `option`.
OPTIONS = _set(
    "abortonclose accept-invalid-http-request accept-invalid-http-response allbackups checkcache clitcpka contstats "
    "disable-h2-upgrade dontlog-normal dontlognull external-check forwardfor h1-case-adjust-bogus-client "
    "h1-case-adjust-bogus-server http-buffer-request http-ignore-probes http-keep-alive http-no-delay http-pretend-keepalive "
    "http-restrict-req-hdr-names http-server-close http-use-proxy-header httpchk httpclose httplog httpslog "
    "idle-close-on-response independent-streams ldap-check log-health-checks log-separate-errors logasap mysql-check nolinger "
    "originalto persist pgsql-check prefer-last-server redis-check redispatch smtpchk socket-stats splice-auto splice-request "
    "splice-response spop-check srvtcpka ssl-hello-chk tcp-check tcp-smart-accept tcp-smart-connect tcpka tcplog transparent"
)
OPTIONS_28 = _set("forwarded")
# Options that `no` may switch off.
NEGATABLE_OPTIONS = _set(
    "abortonclose accept-invalid-http-request accept-invalid-http-response allbackups checkcache clitcpka contstats "
    "disable-h2-upgrade dontlog-normal dontlognull h1-case-adjust-bogus-client h1-case-adjust-bogus-server http-buffer-request "
    "http-ignore-probes http-keep-alive http-no-delay http-pretend-keepalive http-server-close http-use-proxy-header httpclose "
    "idle-close-on-response independent-streams log-health-checks log-separate-errors logasap nolinger persist prefer-last-server "
    "redispatch socket-stats splice-auto splice-request splice-response srvtcpka tcp-smart-accept tcp-smart-connect transparent"
)

# Keywords of `server`, `default-server` and `server-template` lines that take one value.
SERVER_VALUES = _set(
    "addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni ciphers ciphersuites cookie "
    "crl-file crt downinter error-limit fall fastinter id init-addr inter log-proto max-reuse maxconn maxqueue minconn namespace "
    "npn observe on-error on-marked-down on-marked-up pool-low-conn pool-max-conn pool-purge-delay port proto proxy-v2-options "
    "redir resolve-net resolve-opts resolve-prefer resolvers rise slowstart sni socks4 ssl-max-ver ssl-min-ver tcp-ut track "
    "verify verifyhost weight ws"
)
# Keywords of `server`, `default-server` and `server-template` lines that stand alone.
SERVER_FLAGS = _set(
    "agent-check allow-0rtt backup check check-send-proxy check-ssl check-via-socks4 disabled enabled force-sslv3 force-tlsv10 "
    "force-tlsv11 force-tlsv12 force-tlsv13 no-agent-check no-backup no-check no-check-send-proxy no-check-ssl no-send-proxy "
    "no-send-proxy-v2 no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn no-ssl no-ssl-reuse no-sslv3 no-tfo no-tls-tickets no-tlsv10 "
    "no-tlsv11 no-tlsv12 no-tlsv13 non-stick send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick "
    "tfo tls-tickets usesrc"
)
SERVER_VALUES_28 = _set("shard")

# Keywords of `bind` lines that take one value.
BIND_VALUES = _set(
    "accept-netscaler-cip alpn backlog ca-file ca-ignore-err ca-sign-file ca-sign-pass ca-verify-file ciphers ciphersuites "
    "crl-file crt crt-ignore-err crt-list curves ecdhe expose-fd gid group id interface level maxconn mode mss name namespace "
    "nice npn process proto severity-output shards ssl-max-ver ssl-min-ver tcp-ut thread tls-ticket-keys uid user verify"
)
# Keywords of `bind` lines that stand alone.
BIND_FLAGS = _set(
    "accept-proxy allow-0rtt defer-accept force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 generate-certificates "
    "no-ca-names no-sslv3 no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 prefer-client-ciphers strict-sni tfo transparent "
    "v4v6 v6only"
)
BIND_VALUES_28 = _set("client-sigalgs sigalgs")
BIND_FLAGS_28 = _set("no-alpn")

# Keywords of the sections that do not carry traffic between listeners and pools. Sections that are not named here take any line.
OTHER_SECTIONS = {
    "peers": _set("bind default-bind default-server disabled enabled log peer server shards table"),
    "mailers": _set("mailer timeout"),
    "resolvers": _set("accepted_payload_size hold nameserver parse-resolv-conf resolve_retries timeout"),
    "userlist": _set("group user"),
    "program": _set("command group option user"),
    "fcgi-app": _set("acl docroot index log-stderr option pass-header path-info set-param"),
    "cache": _set("total-max-size max-age max-object-size process-vary max-secondary-entries"),
    "http-errors": _set("errorfile"),
    "ring": _set("backing-file description format maxlen server size timeout"),
    "log-forward": _set("backlog bind dgram-bind log maxconn option timeout"),
}
