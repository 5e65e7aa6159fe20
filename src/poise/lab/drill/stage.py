"""A drill's stack with all that belongs to it: set up in health, then harmed."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from poise.lab.drill.clients import Clients
from poise.lab.drill.desk import Desk
from poise.lab.drill.eyes import Eyes
from poise.lab.drill.hand import Hand
from poise.lab.drill.plan import plan_of
from poise.lab.stack import Lab
from poise.model.drill import Act, Course

# After these the load balancer's file is another.
_WRITES = ("settings", "edit")


class Stage:
    """`texts` are the load balancer's file in `health` and under `harm`, and `needs`. `private` is where the trainee does not look."""

    def __init__(self, course: Course, directory: Path, private: Path, with_tools: bool) -> None:
        self.course = course
        self.lab = Lab(directory, plan_of(course), product=course.tier.product)  # type: ignore[arg-type]
        self.lab.load_samples_path = private / "clients.csv"
        self.hand, self.eyes = Hand(self.lab), Eyes(self.lab, course)
        self.desk = Desk(self.lab, course, with_tools, private / "commands.log")
        self.clients = Clients(self.lab.load_samples_path)
        self.texts: dict[str, str] = {}

    async def start(self) -> None:
        """The stack in health, under its full load. LabError where it cannot be started."""
        lab = self.lab
        lab.directory.mkdir(mode=0o700)
        await lab.start()
        (lab.directory / "load.csv").symlink_to(lab.load_samples_path)
        self.texts["needs"], self.texts["health"] = lab.needs_path.read_text(), self.text()

    async def prepare(self) -> None:
        """As the trainee finds it, before the harm."""
        for act in self.course.prepare:
            await self.hand.do(act)
        now = datetime.now(UTC)
        self.desk.lay_out(sys.executable)
        self.desk.log([change for change in self.course.changes if not change.later], now)
        self.desk.even_out(now)
        self.texts["harm"] = self.text()
        await self.eyes.settle()

    async def set_up(self) -> None:
        """Both."""
        await self.start()
        await self.prepare()

    async def harm(self, acts: Sequence[Act]) -> None:
        """The acts of the director: what they change is nobody's doing."""
        for act in acts:
            await self.hand.do(act)
        if any(act.kind in _WRITES for act in acts):
            self.texts["harm"] = self.text()
            self.desk.even_out(datetime.now(UTC))
        await self.eyes.settle()

    def text(self) -> str:
        """The load balancer's file as it is now; nothing where there is none."""
        try:
            return self.lab.config_path.read_text(errors="replace")
        except OSError:
            return ""
