"""One rule, one file: rules/<theme>/<name>.py. Pure."""

from poise.rules.capacity import frontend_maxconn_over_global, loss_overloads, odd_maxconn
from poise.rules.distribution import (
    backups_without_allbackups,
    balance_factor_ignored,
    duplicate_address,
    first_without_maxconn,
    hash_in_tcp_mode,
    hash_map_based,
    max_share_exceeded,
    most_servers_backup,
    most_servers_disabled,
    single_server,
    source_behind_nat,
    uneven_weights,
    use_server_pins,
    zero_weight,
)
from poise.rules.exposure import control_socket_open, stats_open, unverified_server_tls
from poise.rules.health import (
    check_elsewhere,
    default_server_after_servers,
    httpchk_without_check,
    name_resolved_once,
    nervous_check,
    partly_checked,
    server_without_check,
    slow_check,
    slowstart_without_effect,
    tcp_check_for_http,
)
from poise.rules.retries import no_redispatch, retry_amplification, retry_duplicates
from poise.rules.rule import Rule
from poise.rules.stickiness import cookie_duplicate, cookie_partial
from poise.rules.timeouts import missing_timeouts, queue_timeout_over_client

# Every rule that runs, in the order of the pages. A rule that is not here does not exist.
RULES: tuple[Rule, ...] = (
    uneven_weights.RULE,
    backups_without_allbackups.RULE,
    balance_factor_ignored.RULE,
    duplicate_address.RULE,
    first_without_maxconn.RULE,
    hash_in_tcp_mode.RULE,
    hash_map_based.RULE,
    max_share_exceeded.RULE,
    most_servers_backup.RULE,
    most_servers_disabled.RULE,
    single_server.RULE,
    source_behind_nat.RULE,
    use_server_pins.RULE,
    zero_weight.RULE,
    check_elsewhere.RULE,
    default_server_after_servers.RULE,
    httpchk_without_check.RULE,
    name_resolved_once.RULE,
    nervous_check.RULE,
    partly_checked.RULE,
    server_without_check.RULE,
    slow_check.RULE,
    slowstart_without_effect.RULE,
    tcp_check_for_http.RULE,
    frontend_maxconn_over_global.RULE,
    loss_overloads.RULE,
    odd_maxconn.RULE,
    missing_timeouts.RULE,
    queue_timeout_over_client.RULE,
    control_socket_open.RULE,
    stats_open.RULE,
    unverified_server_tls.RULE,
    no_redispatch.RULE,
    retry_amplification.RULE,
    retry_duplicates.RULE,
    cookie_duplicate.RULE,
    cookie_partial.RULE,
)
