"""What HAProxy learned after 2.8, by the version that brought it: from the configuration manuals and announcements of 2.9 to 3.3.

Where no version is named these are taken as they stand: somebody whose file uses them runs such a version. Where an older one is named they
are refused, with the version that knows them. No binary of these versions was at hand, so their arguments are not held against anything,
and a name that is missing here is said to be unknown to poise, not to be wrong.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

# By version and by where the word stands; `value` words take one value, `flag` words none.
LATER: Mapping[str, Mapping[str, str]] = {
    "2.9": {
        "global": "tune.disable-zero-copy-forwarding tune.events.max-events-at-once tune.h1.zero-copy-fwd-recv tune.h1.zero-copy-fwd-send "
        "tune.h2.zero-copy-fwd-send tune.pt.zero-copy-forwarding tune.quic.zero-copy-fwd-send tune.max-checks-per-thread "
        "tune.max-rules-at-once tune.rcvbuf.backend tune.rcvbuf.frontend tune.sndbuf.backend tune.sndbuf.frontend tune.quic.reorder-ratio "
        "tune.applet.zero-copy-forwarding ssl-security-level tune.memory.pool-allocator tune.memory.fail-alloc",
        "server value": "log-bufsize curves sigalgs client-sigalgs",
        "server prefix": "set-proxy-v2-tlv-fmt",
        "http-request": "set-fc-mark set-fc-tos set-bc-mark set-bc-tos",
        "http-response": "set-fc-mark set-fc-tos",
        "tcp-request connection": "set-fc-mark set-fc-tos attach-srv",
        "tcp-request session": "set-fc-mark set-fc-tos attach-srv",
        "tcp-request content": "set-fc-mark set-fc-tos set-bc-mark set-bc-tos",
        "tcp-response content": "set-fc-mark set-fc-tos",
        "fetch": "acl accept_date request_date bc.timer.connect fc.timer.handshake fc.timer.total req.timer.hdr req.timer.idle "
        "req.timer.queue req.timer.tq res.timer.data res.timer.hdr txn.timer.total txn.timer.user txn.status txn.conn_retries "
        "txn.redispatched cur_client_timeout fc_pp_tlv ssl_bc_curve ssl_fc_curve ssl_fc_sigalgs_bin ssl_fc_supported_versions_bin "
        "sc_key bc_nb_streams bc_setting_streams_limit fc_nb_streams fc_settings_streams_limit pid",
        "converter": "ms_ltime ms_utime us_ltime us_utime hash rfc7239_nn rfc7239_np",
        "filter": "comp-req comp-res",
    },
    "3.0": {
        "global": "stats-file key-base expose-deprecated-directives http-err-codes http-fail-codes thread-hard-limit "
        "h1-do-not-close-on-insecure-transfer-encoding h2-workaround-bogus-websocket-clients ssl-default-server-client-sigalgs "
        "ssl-default-server-curves ssl-default-server-sigalgs tune.ring.queues tune.quic.cc-hystart tune.quic.disable-udp-gso "
        "tune.ssl.ocsp-update.mode ocsp-update.disable ocsp-update.httpproxy ocsp-update.maxdelay ocsp-update.mindelay ocsp-update.mode "
        "tune.lua.bool-sample-conversion tune.takeover-other-tg-connections force-cfg-parser-pause tune.quic.frontend.glitches-threshold "
        "warn-blocked-traffic-after wurfl-engine-mode wurfl-useragent-priority",
        "proxy": "guid log-steps crt",
        "option": "http-drop-request-trailers http-drop-response-trailers",
        "server value": "guid hash-key",
        "bind value": "guid-prefix default-crt nbconn",
        "fetch": "ssl_fc_early_rcvd ssl_fc_crtname sc_glitch_cnt sc_glitch_rate sc0_glitch_cnt sc0_glitch_rate sc1_glitch_cnt "
        "sc1_glitch_rate sc2_glitch_cnt sc2_glitch_rate src_glitch_cnt src_glitch_rate bytes_in bytes_out bc_be_queue bc_srv_queue "
        "txn.sess_term_state fc_saved_syn",
        "converter": "table_glitch_cnt table_glitch_rate",
    },
    "3.1": {
        "global": "tune.renice.runtime tune.renice.startup tune.h2.be.rxbuf tune.h2.fe.rxbuf tune.quic.cc.cubic.min-losses "
        "tune.quic.frontend.default-max-window-size tune.quic.frontend.max-data-size tune.epoll.mask-events tune.bufsize.small log-profile "
        "tune.notsent-lowat.client tune.notsent-lowat.server",
        "proxy": "quic-initial",
        "option": "accept-unsafe-violations-in-http-request accept-unsafe-violations-in-http-response use-small-buffers",
        "server value": "init-state",
        "http-request": "do-log set-retries pause",
        "http-response": "do-log pause",
        "http-after-response": "do-log",
        "tcp-request connection": "do-log",
        "tcp-request session": "do-log",
        "tcp-request content": "do-log set-retries",
        "tcp-response content": "do-log",
        "fetch": "last_entity waiting_entity cur_server_timeout",
        "converter": "when reverse reverse_dom",
    },
    "3.2": {
        "global": "cpu-policy cpu-set dns-accept-family tune.glitches.kill.cpu-usage tune.quic.frontend.stream-data-ratio "
        "tune.quic.frontend.max-tx-mem tune.quic.disable-tx-pacing debug.counters tune.defaults.purge",
        "proxy": "hash-preserve-affinity ssl-f-use",
        "server value": "pool-conn-name idle-ping check-pool-conn-name",
        "server flag": "strict-maxconn check-reuse-pool no-check-reuse-pool renegotiate no-renegotiate",
        "bind value": "label idle-ping tls-tickets",
        "fetch": "term_events",
        "converter": "aes_cbc_dec aes_cbc_enc aes_gcm_enc",
    },
    "3.3": {
        "global": "ssl-passphrase-cmd shm-stats-file shm-stats-file-max-objects tune.quic.listen tune.quic.mem.tx-max noktls "
        "max-threads-per-group cpu-affinity tune.ssl.certificate-compression "
        + " ".join(
            f"tune.quic.{side}.{name}"
            for side in ("fe", "be")
            for name in (
                *("cc.cubic-min-losses", "cc.hystart", "cc.max-frame-loss", "cc.max-win-size", "cc.reorder-ratio", "max-idle-timeout"),
                *("sec.glitches-threshold", "sec.retry-threshold", "sock-per-conn", "stream.data-ratio", "stream.max-concurrent"),
                *("stream.rxbuf", "tx.pacing", "tx.udp-gso"),
            )
        ),
        "server value": "check-sni-auto tcp-md5sig cc quic-cc-algo",
        "server flag": "sni-auto no-sni-auto no-check-sni-auto ktls",
        "bind value": "ech tcp-md5sig ktls cc",
        "fetch": "be_connect_timeout be_queue_timeout be_tarpit_timeout cur_connect_timeout cur_queue_timeout cur_tarpit_timeout",
        "converter": "jwt_decrypt_cert jwt_decrypt_jwk jwt_decrypt_secret eth.data eth.dst eth.hdr eth.proto eth.src eth.vlan ip.data "
        "ip.df ip.dst ip.fp ip.hdr ip.proto ip.src ip.tos ip.ttl ip.ver tcp.dst tcp.flags tcp.options.mss tcp.options.sack "
        "tcp.options.tsopt tcp.options.tsval tcp.options.wscale tcp.options.wsopt tcp.options_list tcp.seq tcp.src tcp.win",
    },
}


def since_when(word: str, *places: str) -> str | None:
    """The version that brought that word, in the first of these places that knows it."""
    return next((since for place in places if (since := _table(place).get(word))), None)


@lru_cache(maxsize=64)
def _table(place: str) -> Mapping[str, str]:
    # The version that had it first.
    return dict(reversed(tuple(brought(place))))


def brought(place: str) -> Iterator[tuple[str, str]]:
    """Each word of that place (`global`, `server value` …) with the version that brought it."""
    for since, places in LATER.items():
        for word in places.get(place, "").split():
            yield word, since
