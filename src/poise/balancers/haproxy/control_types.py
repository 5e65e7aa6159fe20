"""What the parts of control share: how to act on one HAProxy, and what became of a step."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta

from poise.model.could_not import CouldNot
from poise.model.light import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """How to act on one HAProxy. `config_files` in the order of its `-f` options, empty for the edited one alone.

    `environment` is what its binary needs (LD_LIBRARY_PATH); `master_socket` the address given to `-S`; `pid_file` holds the master's pid;
    `bound` is how long a reload may take. `usual_master_socket` and `usual_pid_file` are tried where neither is named: Debian's and
    Ubuntu's service starts `haproxy -Ws -f … -p /run/haproxy.pid -S /run/haproxy-master.sock`.
    """

    config_files: tuple[str, ...] = ()
    haproxy: str = "haproxy"
    environment: Mapping[str, str] = field(default_factory=dict)
    master_socket: str | None = None
    pid_file: str | None = None
    bound: timedelta = timedelta(seconds=15)
    usual_master_socket: str = "/run/haproxy-master.sock"
    usual_pid_file: str = "/run/haproxy.pid"


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of one step. `output` is what HAProxy said."""

    ok: bool
    output: str = ""
    could_not: CouldNot | None = None
