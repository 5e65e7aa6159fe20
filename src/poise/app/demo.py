"""`poise demo`: a real stack is given a real fault, and poise finds it, repairs it, proves it and writes the postmortem."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from poise.app.demo_result import DemoOptions, DemoResult, client_figures
from poise.app.fix import pool_of
from poise.app.incident_keeper import IncidentKeeper
from poise.app.live import SCRAPE, Looking
from poise.app.live import now as _now
from poise.app.needs import read_needs
from poise.app.repair import repair
from poise.app.story import Act, Scene
from poise.balancers.haproxy.control import Control
from poise.daemon.recorder import Recorder
from poise.daemon.watcher import Tick, Watcher
from poise.diagnosis.engine import diagnose
from poise.diagnosis.proof import HOLD, Proof, prove
from poise.diagnosis.settled import Lead, lead, settled
from poise.faults import plan_for
from poise.incidents.log_event import alert_words
from poise.lab import faults as lab_faults
from poise.lab.binaries import find_haproxy
from poise.lab.stack import Lab
from poise.model.could_not import CouldNot
from poise.model.diagnosis import Diagnosis
from poise.model.needs import Needs
from poise.model.plan import Plan
from poise.model.sample import Window
from poise.store.incident_log import IncidentLog

HEALTHY = timedelta(seconds=10)
# How long the story waits for an alert and for a cause before it goes on and says that there was none.
ALERT_LIMIT = timedelta(seconds=60)
CAUSE_LIMIT = timedelta(seconds=60)
# A warning that stays this long without a page is looked at, though it wakes nobody.
PATIENCE = timedelta(seconds=8)
PROOF_LIMIT = timedelta(seconds=60)
# A person reads a plan before saying yes; meanwhile the picture shows what clients suffer.
READ_PLAN = timedelta(seconds=4)


class Demo:
    """One telling. `tell` receives each scene; whatever a scene says about the incident is stored before it is told."""

    def __init__(self, options: DemoOptions, lab: Lab, log: IncidentLog, tell: Callable[[Scene], None]) -> None:
        self._options, self._lab, self._tell_out = options, lab, tell
        self._keeper = IncidentKeeper(log, who="poise demo")
        self._eyes: Looking | None = None
        self._recorder: Recorder | None = None
        self._injected: datetime | None = None
        self._tick: Tick | None = None
        self._paged = False
        self._warned: tuple[datetime, str] | None = None
        self._needs = Needs()
        self.result = DemoResult(options.fault, options.seed, lab.mode)

    async def play(self) -> DemoResult:
        """The whole story. Raises what the lab raises when the stack cannot be started."""
        options = self._options
        plan = self._lab.plan
        self._tell("stage", f"starting HAProxy, {plan.servers} application servers, PostgreSQL and a load of {plan.rate:.0f} requests/s")
        await self._lab.start()
        self._needs, problems = read_needs(str(self._lab.needs_path))
        assert not problems, problems
        watcher = Watcher([str(self._lab.config_path)], self._needs)
        self._eyes = Looking(watcher)
        self._recorder = Recorder(options.output / "recording", self._lab.config_path, self._lab.needs_path)
        try:
            await self._healthy()
            await self._inject()
            if options.fault == "none":
                await self._watch_quietly()
            else:
                await self._find_and_repair()
            await self._write()
        finally:
            await watcher.close()
            self._recorder.close()
        return self.result

    # ── the acts ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _healthy(self) -> None:
        self._tell("healthy", f"{self._lab.plan.rate:.0f} requests/s, every server gets its share")
        end = _now() + HEALTHY
        while _now() < end:
            await self._look("healthy")
        self.result.clients["before"] = client_figures(self._window, end - HEALTHY + 3 * SCRAPE, _now())

    async def _inject(self) -> None:
        self._injected = _now()
        await lab_faults.inject(self._lab, self._options.fault)
        self.result.mode = self._lab.mode

    async def _watch_quietly(self) -> None:
        end = _now() + self._options.quiet_watch
        while _now() < end:
            tick = await self._look("change")
            if self._paged and self.result.times.get("alert_seconds") is None:
                self.result.times["alert_seconds"] = self._since()
            self.result.pages += sum(1 for e in tick.effects if e.fired and e.alert.verdict.page)
        diagnosis = await asyncio.to_thread(diagnose, self._window)
        self.result.diagnosis = diagnosis
        best = diagnosis.best
        self._tell(
            "cause",
            f"verdict {diagnosis.verdict}: {best.fault} ({best.probability:.0%}); no page was sent"
            if not self.result.pages
            else f"verdict {diagnosis.verdict}; {self.result.pages} pages were sent",
            diagnosis,
        )
        self.result.clients["during"] = client_figures(self._window, self._injected, _now())

    async def _find_and_repair(self) -> None:
        await self._until_alert()
        diagnosis = await self._until_cause()
        best = diagnosis.best
        plan = plan_for(best, self._window)
        self.result.diagnosis, self.result.plan = diagnosis, plan
        self._tell("plan", self._keeper.planned(_now(), plan))
        read = _now() + READ_PLAN
        while _now() < read:
            await self._look("plan", diagnosis)
        self.result.clients["during"] = client_figures(self._window, self._injected, _now())
        if plan.steps:
            await self._apply(plan, best.component)
        else:
            await self._owner_repairs(plan)

    async def _until_alert(self) -> None:
        assert self._injected is not None
        limit = _now() + ALERT_LIMIT
        while _now() < limit:
            await self._look("change")
            if self._paged:
                self.result.times["alert_seconds"] = self._since()
                return
            if self._warned and _now() >= self._warned[0] + PATIENCE:
                # Nobody is woken for what keeps the objectives, but whoever is awake looks at a warning that stays.
                at, title = self._warned
                self.result.times["alert_seconds"] = round((at - self._injected).total_seconds(), 2)
                self._tell("alert", self._keeper.open_by_hand(_now(), title))
                return
        self.result.times["alert_seconds"] = None
        self._keeper.open_by_hand(_now(), "no alert fired; the incident is opened by hand")
        self._tell("alert", "no alert fired in a minute; the incident is opened by hand")

    async def _until_cause(self) -> Diagnosis:
        """Look again each second until one layer is sure, or has led for so long that more of the same would not change it."""
        limit = _now() + CAUSE_LIMIT
        leader: Lead | None = None
        while True:
            diagnosis = await asyncio.to_thread(diagnose, self._window)
            for line in self._keeper.diagnosed(_now(), diagnosis):
                self._tell("cause", line, diagnosis)
            best = diagnosis.best
            leader = lead(leader, diagnosis, _now())
            if settled(leader, diagnosis, _now()):
                self.result.times["cause_seconds"] = self._since()
                self._tell("cause", self._keeper.cause_found(_now(), diagnosis), diagnosis)
                return diagnosis
            if _now() > limit:
                self.result.times["cause_seconds"] = None
                self._tell("cause", f"undetermined: the best of all is {best.fault}, {best.probability:.0%} probable", diagnosis)
                return diagnosis
            await self._look("alert", diagnosis)

    async def _apply(self, plan: Plan, component: str) -> None:
        pool = pool_of(component)
        topology = self._window.topologies[0]
        found = find_haproxy()
        assert not isinstance(found, CouldNot)
        master = str(self._lab.directory / "master.sock")
        control = Control((str(self._lab.config_path),), str(found.path), found.environment, master)

        async def look(since: datetime) -> Proof:
            await self._look("proof")
            return self._prove(since, plan, pool)

        outcome = await repair(
            plan, topology, control, look, PROOF_LIMIT, lambda line: self._tell("fix", self._keeper.step_done(_now(), line))
        )
        self.result.repair, self.result.proof = outcome, outcome.proof
        if outcome.verified:
            self._proven(outcome.proof)
        else:
            self.result.times["fix_verified_seconds"] = None
            self._tell("proof", self._keeper.note(_now(), f"the repair is not proven and was rolled back: {outcome.reason}"))

    async def _owner_repairs(self, plan: Plan) -> None:
        await lab_faults.clear(self._lab, self._options.fault)
        self._tell("fix", self._keeper.step_done(_now(), f"The owner of the component was told ({plan.advice}) and repaired it"))
        since, limit = _now(), _now() + PROOF_LIMIT
        while _now() < limit:
            await self._look("proof")
            proof = self._prove(since, plan, None)
            if proof.proven:
                self.result.proof = proof
                self._proven(proof)
                return
        self._tell("proof", self._keeper.note(_now(), f"clients are not well again: {proof.reason}"))

    def _prove(self, since: datetime, plan: Plan, pool: str | None) -> Proof:
        objectives = next(iter(self._needs.pool.values())).objectives
        return prove(self._window, since, plan.expected_shares, pool, objectives, self.result.clients["before"]["p99_ms"])

    def _proven(self, proof: Proof | None) -> None:
        assert proof is not None
        self.result.times["fix_verified_seconds"] = self._since()
        self.result.clients["after"] = client_figures(self._window, _now() - HOLD, _now())
        self._tell("proof", self._keeper.resolved(_now(), proof.reason, self.result.diagnosis))

    async def _write(self) -> None:
        if not self._keeper.opened:
            self.result.times["postmortem_seconds"] = None
            return
        self.result.recording = str(self._options.output / "recording")
        written = self._keeper.write(_now(), self._options.output, self._window, self.result.diagnosis, self.result.plan)
        self.result.incident, self.result.postmortem, self.result.page = written.incident, str(written.markdown), str(written.page)
        self.result.times["postmortem_seconds"] = self._since()
        self._tell("postmortem", f"{written.markdown} and {written.page}")

    # ── looking and telling ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _window(self) -> Window:
        assert self._tick is not None
        return self._tick.window

    async def _look(self, act: Act, diagnosis: Diagnosis | None = None) -> Tick:
        """One scrape, at the next full interval."""
        assert self._eyes is not None and self._recorder is not None
        self._tick = await self._eyes.look()
        self._recorder.record(self._tick)
        self._tell(act, None, diagnosis)
        self._note(self._tick)
        return self._tick

    def _note(self, tick: Tick) -> None:
        """Store and then tell the news of one tick: changes that somebody made, and what the alerts did."""
        for event in tick.events:
            if event.kind == "change":
                self._tell("change", self._keeper.change_seen(_now(), event))
        for effect in tick.effects:
            if effect.kind == "pending":
                continue
            line = self._keeper.alert_changed(_now(), effect.alert)
            if effect.alert.verdict.page or effect.fired:
                self._tell("alert", line)
            if effect.fired and self._injected and self._warned is None:
                self._warned = (_now(), alert_words(effect.alert))
            self._paged = self._paged or (effect.fired and effect.alert.verdict.page)

    def _since(self) -> float:
        assert self._injected is not None
        return round((_now() - self._injected).total_seconds(), 2)

    def _tell(self, act: Act, text: str | None = None, diagnosis: Diagnosis | None = None) -> None:
        since = self._since() if self._injected else None
        self._tell_out(Scene(_now(), act, text, since, self._tick.window if self._tick else None, diagnosis))
