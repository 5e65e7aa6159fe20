"""The trainee's folder: the stack's real files, what to do with them, the page, the change log, the clients' graph."""

import os
import shlex
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from poise.drills.events import Second
from poise.drills.prober import graph, picture
from poise.lab.addresses import text
from poise.lab.change_log import append_change
from poise.lab.stack import Lab
from poise.model.drill import Change, Course

# All files seem to have been there so long: which of them was touched last would tell too much.
_AGE = timedelta(days=3)
_ADMIN = """\
#!/bin/sh
exec {python} - "$@" <<'end'
import socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({path!r})
    line.sendall(" ".join(sys.argv[1:]).encode() + b"\\n")
    line.shutdown(socket.SHUT_WR)
    while said := line.recv(65536):
        sys.stdout.write(said.decode(errors="replace"))
end
"""
_README = """\
You are on call for the web tier: clients -> {client} -> {product} (pool {pool}) -> {count} applications -> PostgreSQL.

{config:<16} what {product} was told, and reads when it is reloaded or started
{reload}
{admin}applications    {applications}
                each has / , /healthz and /metrics; past the load balancer: curl http://{first}/
database        psql -h 127.0.0.1 -p {database} -U poise app
logs            {product}.log, {logs}, postgres.log
{names}changes.jsonl   what people changed
prober.txt      what clients feel, each minute of it; prober.svg is the picture
pager.txt       why you are here

What you tell the drill:
  poise drill say LAYER/MECHANISM --because "what you saw"     write down what you think, and why
  poise drill act restart TARGET | act reload | act escalate LAYER
  poise drill hint | status | check | abort

Repair it for good: `poise drill check` measures the clients under the load as it is, starts {product} from its files and measures again.
The clients, the checks of health and the room to lose one server are not yours to take away.
"""
_SHELL = """\
[ -f ~/.bashrc ] && . ~/.bashrc
cd {directory}
PS1='drill \\w\\$ '
drill_commands={commands}
PROMPT_COMMAND='printf "%s\\t%s\\n" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(history 1 | sed "s/^ *[0-9]* *//")" >> "$drill_commands"'
"""


class Desk:
    """Writes it. `with_tools` leaves poise.toml there, by which poise's own commands see the whole stack."""

    def __init__(self, lab: Lab, course: Course, with_tools: bool, commands: Path) -> None:
        self._lab, self._course, self._with_tools, self._commands = lab, course, with_tools, commands

    def lay_out(self, python: str) -> None:
        """All that is there before anything is wrong."""
        lab, tier = self._lab, self._course.tier
        folder = lab.directory
        if not self._with_tools:
            lab.needs_path.unlink()
        (folder / "bin").mkdir(exist_ok=True)
        product = lab.product.name
        admin = ""
        if product == "haproxy":
            script = folder / "bin" / "admin"
            script.write_text(admin_script(python, folder / "admin.sock"))
            script.chmod(0o755)
            admin = 'bin/admin       a line on its admin socket, such as: bin/admin "show stat"\n'
        signal_name = {"haproxy": "USR2", "nginx": "HUP"}[product]
        servers = lab.addresses.servers
        (folder / "README.txt").write_text(
            _README.format(
                client=text(lab.addresses.client), product=product, pool=tier.pool, count=len(servers), config=lab.config_path.name,
                reload=f"{'reload':<16}kill -{signal_name} $(cat {product}.pid), or poise drill act reload",
                admin=admin, names=_names(lab) if tier.resolved else "",
                applications=", ".join(f"{s.name} {text(s.direct)}" for s in servers), first=text(servers[-1].direct),
                database=lab.addresses.database.direct[1], logs=", ".join(f"{s.name}.log" for s in servers),
            )
        )  # fmt: skip
        (folder / ".shell").write_text(shell_start(folder, self._commands))

    def log(self, changes: Sequence[Change], now: datetime) -> None:
        """What people changed before, the oldest first."""
        for change in sorted(changes, key=lambda each: -each.seconds):
            append_change(self._lab.change_log_path, now - timedelta(seconds=change.seconds), change.component, change.text)

    def add(self, change: Change, now: datetime) -> None:
        """One more, now."""
        append_change(self._lab.change_log_path, now, change.component, change.text)

    def page(self, words: str) -> None:
        """The pager rings."""
        (self._lab.directory / "pager.txt").write_text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {words}\n")

    def draw(self, seconds: Sequence[Second]) -> None:
        """The clients' graph as it is now."""
        for name, content in (("prober.txt", graph(seconds)), ("prober.svg", picture(seconds))):
            temporary = self._lab.directory / f".{name}"
            temporary.write_text(content)
            temporary.replace(self._lab.directory / name)

    def even_out(self, now: datetime) -> None:
        """No file tells by its time of change which was touched last. What programs write to all the time is left as it is."""
        at = (now - _AGE).timestamp()
        for path in self._lab.directory.rglob("*"):
            if "database" in path.parts or path.suffix == ".log" or not stat.S_ISREG(path.lstat().st_mode):
                continue
            os.utime(path, (at, at))


def admin_script(python: str, path: Path) -> str:
    """Says a line on an admin socket. The kernel splits a first line `#!…` at blanks, so the interpreter's path does not stand there."""
    return _ADMIN.format(python=shlex.quote(python), path=str(path))


def shell_start(folder: Path, commands: Path) -> str:
    """What bash reads when it starts in the trainee's folder: each line that is typed goes into `commands` with its instant."""
    return _SHELL.format(directory=shlex.quote(str(folder)), commands=shlex.quote(str(commands)))


def _names(lab: Lab) -> str:
    host, port = lab.addresses.name_server
    return f"names           apps.internal, by the resolver at {host}:{port}: dig @{host} -p {port} apps.internal\n"
