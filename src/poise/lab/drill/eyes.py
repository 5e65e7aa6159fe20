"""Sees what is changed at a drill's stack, by whomever, and what of it is forbidden."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from poise.drills.events import Seen
from poise.lab.haproxy import ask
from poise.lab.postgres import connect
from poise.lab.stack import Lab
from poise.model.drill import Course
from poise.reading.read import Sources, read

NO_CHECKS, NO_ROOM, LIMITS = "health checks were switched off", "too few servers to lose one more", "the database's limits were raised"
_DATABASE = """
SELECT json_build_object(
    'started', pg_postmaster_start_time()::text, 'max_connections', current_setting('max_connections'),
    'functions', (SELECT string_agg(proname || md5(prosrc), ',' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    'triggers', (SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal),
    'indexes', (SELECT string_agg(indexname, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'))::text
"""
_WORDS = {
    "started": "the database was restarted",
    "max_connections": "the database's max_connections was changed",
    "functions": "functions of the database were changed",
    "triggers": "triggers of the database were changed",
    "indexes": "indexes of the database were changed",
}


class Eyes:
    """`look` compares with the last look; `settle` takes the stack as it is for granted (after the director's own acts)."""

    def __init__(self, lab: Lab, course: Course) -> None:
        self._lab, self._course = lab, course
        self._file = ""
        self._worker: int | None = None
        self._runtime: Mapping[str, str] = {}
        self._base: Mapping[str, str] = {}
        self._database: Mapping[str, str] = {}

    async def settle(self) -> None:
        """What is now is as it should be."""
        self._file = self._lab.config_path.read_text(errors="replace")
        self._worker, self._runtime = await self._balancer()
        self._database = await self._of_database() or self._database
        self._base = self._base or self._database

    async def look(self) -> Sequence[Seen]:
        """What changed since the last look. What does not answer is told when it does again."""
        now = datetime.now(UTC)
        seen: list[Seen] = []
        pool = f"pool {self._course.tier.pool}"
        text = self._lab.config_path.read_text(errors="replace") if self._lab.config_path.exists() else ""
        if text != self._file:
            seen.append(Seen(now, "load-balancer", pool, f"{self._lab.config_path.name} was changed: {_difference(self._file, text)}"))
            self._file = text
        worker, runtime = await self._balancer()
        if worker is not None:
            if worker == self._worker and runtime != self._runtime:
                told = ", ".join(f"{name} {runtime[name]}" for name in runtime if runtime[name] != self._runtime.get(name))
                seen.append(Seen(now, "load-balancer", pool, f"changed at run time: {told}"))
            elif worker != self._worker:
                seen.append(Seen(now, None, pool, "the load balancer took its files"))
            self._worker, self._runtime = worker, runtime
        database = await self._of_database()
        if database:
            for key, value in database.items():
                if value != self._database.get(key):
                    seen.append(Seen(now, "database", "database main", _WORDS[key]))
            self._database = database
        return seen

    async def inspect(self) -> Sequence[Seen]:
        """Forbidden shortcuts that are in force."""
        now, tier, found = datetime.now(UTC), self._course.tier, []
        pool = next((p for t in read(Sources((str(self._lab.config_path),))).topologies for p in t.pools if p.name == tier.pool), None)
        if pool is not None:
            active = [s for s in pool.servers if s.role == "active" and s.weight > 0]
            if not tier.survives(len(active)) and tier.survives(len(tier.servers)):
                found.append(Seen(now, None, f"pool {pool.name}", f"{len(active)} servers are left in the file", NO_ROOM))
            if tier.product == "haproxy" and self._lab.plan.balancer.checked and any(s.check is None for s in active):
                found.append(Seen(now, None, f"pool {pool.name}", "servers of the file are not checked", NO_CHECKS))
        database = await self._of_database()
        limits = (self._base.get("max_connections"), database.get("max_connections"))
        if all(limits) and limits[0] != limits[1]:
            found.append(Seen(now, None, "database main", f"max_connections is {limits[1]}, was {limits[0]}", LIMITS))
        return found

    async def _balancer(self) -> tuple[int | None, Mapping[str, str]]:
        """The worker's pid and, by server, what was set at run time; HAProxy only: the others have nothing to set."""
        if self._course.tier.product != "haproxy":
            return None, {}
        try:
            info = await ask(self._lab.directory / "admin.sock", "show info")
            stat = await ask(self._lab.directory / "admin.sock", "show stat")
        except (OSError, TimeoutError):
            return None, {}
        pid = next((int(line[5:]) for line in info.splitlines() if line.startswith("Pid: ")), None)
        rows = [row for row in csv.DictReader(stat.lstrip("# ").splitlines()) if row["pxname"] == self._course.tier.pool]
        set_by_hand = {"MAINT": "out of service", "DRAIN": "draining"}
        state = {row["svname"]: f"weight {row['weight']} {set_by_hand.get(row['status'], '')}".strip() for row in rows}
        # The pool's own weight is the sum of the servers that are UP.
        return pid, {name: said for name, said in state.items() if name != "BACKEND"}

    async def _of_database(self) -> Mapping[str, str]:
        try:
            session = await connect(self._lab.addresses.database.direct[1], application="monitoring")
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return {}
        try:
            return {key: str(value) for key, value in json.loads(await session.fetchval(_DATABASE)).items()}
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return {}
        finally:
            session.terminate()


def _difference(before: str, after: str) -> str:
    """The lines that are new, or else the ones that went."""
    old, new = before.splitlines(), after.splitlines()
    added = [line.strip() for line in new if line not in old] or [f"without {line.strip()}" for line in old if line not in new]
    return "; ".join(added[:3]) + (" …" if len(added) > 3 else "") or "lines were moved"
