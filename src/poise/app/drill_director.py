"""The process that runs a drill: the stack, the fault, the trainee's folder, the answers, the journal. It ends everything that it started.

python -m poise.app.drill_director FOLDER
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from poise.app.drill_debrief import Ended, answer_text, finish
from poise.app.drill_place import DIRECTOR, SOCKET, STACK, Start, course_of, named
from poise.drills import chain
from poise.drills.director import step
from poise.drills.events import Asked, Broke, Do, Effect, End, Event, Inspect, Log, Page, Restart, Restarted, Second, Tell
from poise.drills.state import Pace, State
from poise.lab.drill.stage import Stage
from poise.lab.error import LabError
from poise.model.drill import Act

_LOOK_SECONDS, _DRAW_SECONDS, _SILENT_SECONDS = 2.0, 5.0, 2.5


class Director:
    """One drill from its start to its debrief."""

    def __init__(self, start: Start) -> None:
        self._start, self._private = start, start.place / DIRECTOR
        self.course = course_of(named(start.drill), start.seed, start.product)
        self._stage = Stage(self.course, start.place / STACK, self._private, start.with_tools)
        self.lab, self._eyes, self._desk = self._stage.lab, self._stage.eyes, self._stage.desk
        self.state = State(self.course, Pace(**start.pace), _now())
        self.seconds: list[Second] = []
        self._written, self._head = 0, chain.START
        self._turn = asyncio.Lock()
        self._due = self._late = 0.0
        self._over = asyncio.Event()
        self._nonce = secrets.token_hex(16)

    async def run(self) -> int:
        """Plays it; 0 once the debrief is written, 2 where the stack could not be started or broke."""
        try:
            await self._set_up()
        except (LabError, OSError) as error:
            (self._private / "failed.txt").write_text(f"{error}\n")
            return 2
        server = await asyncio.start_unix_server(self._answer, self._start.place / SOCKET)
        try:
            await self._play()
        except (LabError, OSError) as error:
            await self._hear(Broke(_now(), str(error)))
        finally:
            server.close()
            (self._start.place / SOCKET).unlink(missing_ok=True)
            after = self._stage.text()
            await asyncio.shield(self.lab.stop())
        finish(Ended(self._start, self.state, self.seconds, {**self._stage.texts, "after": after}, self._nonce, self._head))
        return 2 if any(line.data.get("broke") for line in self.state.of("engine")) else 0

    async def _set_up(self) -> None:
        (self._private / "director.pid").write_text(f"{os.getpid()}\n")
        await self._stage.set_up()
        sealed = chain.commitment(answer_text(self.course), self._nonce)
        (self._start.place / "sealed.txt").write_text(f"{sealed}\n")
        pids = [process.popen.pid for process in self.lab.processes]
        (self._private / "processes.json").write_text(json.dumps(pids))
        self.state = replace(self.state, began=_now())

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, lambda: loop.create_task(self._hear(Asked(_now(), "abort"))))
        looked = drawn = 0.0
        self._due = loop.time()
        while not self._over.is_set():
            self._late = max(loop.time() - self._due, 0.0)
            await self._listen()
            if loop.time() >= looked + _LOOK_SECONDS and not self._turn.locked():
                looked = loop.time()
                await self._look()
            if loop.time() >= drawn + _DRAW_SECONDS:
                drawn = loop.time()
                self._desk.draw(self.seconds)
            self._due = loop.time() + 0.5
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 0.5)

    async def _listen(self) -> None:
        """What clients felt since. Where nothing comes time passes all the same."""
        for second in self._stage.clients.read():
            self.seconds.append(second)
            await self._hear(replace(second, late=self._late))
        last = self.seconds[-1] if self.seconds else None
        if last is not None and (_now() - last.at).total_seconds() > _SILENT_SECONDS:
            await self._hear(Second(_now(), last.requests, last.failures))
        load = next((process for process in self.lab.processes if process.name == "load"), None)
        if load is not None and not load.running and not self._over.is_set():
            await self.lab.start_load()

    async def _look(self) -> None:
        async with self._turn:
            for seen in await self._eyes.look():
                await self._hear(seen)

    async def _hear(self, event: Event) -> Tell | None:
        self.state, effects = step(self.state, event)
        self._write()
        told = None
        for effect in effects:
            told = effect if isinstance(effect, Tell) else await self._perform(effect) or told
        return told

    async def _perform(self, effect: Effect) -> Tell | None:
        match effect:
            case Do(acts, "trainee"):
                return await self._for_trainee(acts)
            case Do(acts, _):
                await self._begin(acts)
            case Page(text):
                self._desk.page(text)
            case Log(change):
                self._desk.add(change, _now())
            case Inspect():
                for seen in await self._eyes.inspect():
                    await self._hear(seen)
            case Restart():
                self._later(self._restart())
            case End():
                self._over.set()
        return None

    async def _begin(self, acts: tuple[Act, ...]) -> None:
        try:
            await self._stage.harm(acts)
        except (LabError, OSError) as error:
            await self._hear(Broke(_now(), str(error)))

    async def _for_trainee(self, acts: tuple[Act, ...]) -> Tell:
        async with self._turn:
            try:
                for act in acts:
                    await self._stage.hand.do(act)
            except (LabError, OSError) as error:
                return Tell(str(error), 1)
        return Tell("done")

    async def _restart(self) -> None:
        async with self._turn:
            try:
                await self.lab.restart_balancer()
            except LabError as error:
                await self._hear(Restarted(_now(), str(error)))
                return
            await self._eyes.settle()
        await self._hear(Restarted(_now()))

    def _later(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self.lab.background.add(task)
        task.add_done_callback(self.lab.background.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = dict(json.loads(await reader.readline()))
            command = str(request.pop("command"))
            told = await self._hear(Asked(_now(), command, request)) or Tell("the drill is over", 1)
            said = {"text": told.text, "code": told.code, "phase": self.state.phase, "paged": self._paged()}
            writer.write(json.dumps(said).encode())
            await writer.drain()
        except (ValueError, TypeError, KeyError, ConnectionError):
            # No question of `poise drill`, or nobody waits for the answer: the drill goes on; `ask` tells of an empty answer.
            pass
        finally:
            writer.close()

    def _paged(self) -> str | None:
        return self.state.of("page")[0].text if self.state.paged else None

    def _write(self) -> None:
        """New lines of the journal, each chained to the one before: on stable storage before anybody hears that they are noted."""
        if self._written == len(self.state.journal):
            return
        with (self._private / "journal.jsonl").open("a") as file:
            for line in self.state.journal[self._written :]:
                entry = {"at": line.at.isoformat(), "kind": line.kind, "text": line.text, "data": dict(line.data)}
                text, self._head = chain.link(self._head, entry)
                file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._written = len(self.state.journal)


def _now() -> datetime:
    return datetime.now(UTC)


def read_start(place: Path) -> Start:
    """What the drill of that folder was started with."""
    return Start(**json.loads((place / DIRECTOR / "start.json").read_text()))


if __name__ == "__main__":
    sys.exit(asyncio.run(Director(read_start(Path(sys.argv[1]))).run()))
