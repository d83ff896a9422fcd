# SPDX-License-Identifier: Apache-2.0
"""Does the steps of an acceptance test with one device, measures, and judges by figures that stand here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from station.bench.calibrating import use_of
from station.bench.hands import BenchHands
from station.bench.judging import Finding, judged, judged_calibration, judged_mrz
from station.bench.records import Measure, Outcome, StepRecord
from station.bench.seen import FaceSeen, LiveFrame, PageSeen
from station.bench.steps import Deed, Step, steps_of
from station.bench.target import CalibrationReading
from station.domain.errors import Cancelled, DeviceBusy, DeviceError, ImageRefused, NoDevice
from station.domain.words import Text, say
from station.optical.target_verdict import TargetUse
from station.ports.bench import FaultDesk
from station.ports.devices import CHIP_READER, DOCUMENT_SCANNER, FACE_CAMERA, DeviceInfo, HealthState, PrintJob, Role
from station.ports.images import EncodedImage
from station.ports.recognition import Recognition
from station.ports.tasks import CancelToken

Recognise = Callable[[EncodedImage, CancelToken], Recognition]
Calibrate = Callable[[EncodedImage, TargetUse, CancelToken], tuple[CalibrationReading, ...]]

PREVIEW_SECONDS: Final = 3.0
LEAST_RATE: Final = 15.0  # live pictures a second: below that a face cannot be aimed
MOST_STOP: Final = 200.0  # ms from the stop to the end of the call (station.ports.devices)
MOST_WAIT: Final = 60.0  # seconds for somebody to reach the plug
_BEFORE_STOP: Final = 0.3  # seconds of capture before it is stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchMeans:
    """What a test works with beside the device. ``None`` means: not on this station, and the step says so."""

    recognise: Recognise | None = None
    calibrate: Calibrate | None = None
    sheet: Callable[[], PrintJob] | None = None
    faults: FaultDesk | None = None


@dataclass(slots=True)
class AcceptanceRun:
    """One test of one device in one role. Steps are done in any order, one at a time, off the window's thread."""

    hands: BenchHands
    info: DeviceInfo
    role: Role[object]
    means: BenchMeans
    began_at: datetime
    findings: list[Finding] = field(default_factory=list)
    senses: bool = False  # it is a scanner that waits for a document: there is always a capture to stop
    tries: int = 1  # of the step that is due: each one that failed counts, and stands in the record

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the role, in the words for this device."""
        return steps_of(self.role, self.info)

    @property
    def next(self) -> Step | None:
        """The step that is due; None at the end."""
        done = len(self.findings)
        return self.steps[done] if done < len(self.steps) else None

    def records(self) -> tuple[StepRecord, ...]:
        """What stands in the record."""
        return tuple(finding.record for finding in self.findings)

    def take(self, finding: Finding) -> None:
        """Let a finding count; that it was not the first try stands beside it."""
        if self.tries > 1:
            tries = Measure(name="tries", value=float(self.tries), unit="")
            finding = replace(finding, measures=(*finding.measures, tries))
        self.findings.append(finding)
        self.tries = 1

    @property
    def may_repeat(self) -> bool:
        """Whether the last step failed by what the device did: what the technician judged is not asked twice."""
        last = self.findings[-1] if self.findings else None
        return last is not None and last.outcome is Outcome.FAILED and last.step.deed is not Deed.ASK

    def repeat(self) -> None:
        """Ask for the last step once more. Its record will say which try it was."""
        last = self.findings.pop()
        before = next((measure.value for measure in last.measures if measure.name == "tries"), 1.0)
        self.tries = int(before) + 1

    def skip(self, step: Step, reason: Text) -> Finding:
        """Nobody did it, and why."""
        essential = step.deed is Deed.STOP and self.senses
        return Finding(step=step, outcome=Outcome.SKIPPED, says=reason, essential=essential)

    def answer(self, step: Step, outcome: Outcome) -> Finding:
        """What the technician saw."""
        says = say("Judged by eye: good.") if outcome is Outcome.PASSED else say("Judged by eye: not good.")
        return Finding(step=step, outcome=outcome, says=says)

    def do(self, step: Step, *, cancel: CancelToken) -> Finding:
        """Do one step. Raises Cancelled, NotPermitted, and DeviceBusy when the work has the device."""
        try:
            return self._deed(step, cancel)
        except (DeviceBusy, NoDevice):
            raise
        except (DeviceError, ImageRefused) as problem:
            says = say("{cause} {step}", cause=problem.cause, step=problem.next_step)
            return Finding(step=step, outcome=Outcome.FAILED, says=says)

    def _deed(self, step: Step, cancel: CancelToken) -> Finding:
        match step.deed:
            case Deed.LOOK:
                finding = self._look(step, cancel)
            case Deed.MRZ:
                finding = self._mrz(step, cancel)
            case Deed.RATE:
                finding = self._rate(step, cancel)
            case Deed.STOP:
                finding = self._stop(step, cancel)
            case Deed.SECOND_USE:
                finding = self._second_use(step)
            case Deed.TAKE_OFF:
                finding = self._take_off(step, cancel)
            case Deed.TARGET:
                finding = self._target(step, cancel)
            case Deed.SHEET:
                finding = self._sheet(step, cancel)
            case Deed.UNPLUG | Deed.REPLUG:
                finding = self._plug(step, cancel)
            case _:
                raise ValueError("a question is answered by the technician")
        return finding

    # ── what is seen ───────────────────────────────────────────────────────────────────────────────────────

    def _look(self, step: Step, cancel: CancelToken) -> Finding:
        self.senses = self._senses()
        began = self._now()
        seen = self.hands.look(self.role, self.info.device_id, cancel=cancel)
        return judged(step, seen, milliseconds=(self._now() - began) * 1000)

    def _mrz(self, step: Step, cancel: CancelToken) -> Finding:
        if self.means.recognise is None:
            return self.skip(step, say("No reading program runs on this station."))
        seen = self.hands.page(self.info.device_id, cancel=cancel)
        return judged_mrz(step, seen, self.means.recognise(seen.page.image, cancel))

    def _rate(self, step: Step, cancel: CancelToken) -> Finding:
        """Count live pictures; the first one is waited for before the clock starts."""
        enough, until = CancelToken(), [0.0]
        first, last, count = [0.0], [0.0], [0]

        def show(_live: LiveFrame) -> None:
            now = self._now()
            if count[0] == 0:
                first[0], until[0] = now, now + PREVIEW_SECONDS
            count[0] += 1
            last[0] = now
            if now >= until[0] or cancel.cancelled:
                enough.cancel()

        forget = cancel.on_cancel(enough.cancel)
        try:
            self.hands.live(self.role, self.info.device_id, show, cancel=enough)
        except Cancelled:
            cancel.raise_if_cancelled()
        finally:
            forget()
        seconds = last[0] - first[0]
        rate = (count[0] - 1) / seconds if seconds > 0 else 0.0
        measures = (Measure(name="preview", value=round(rate, 1), unit="frames/s"),)
        if rate >= LEAST_RATE:
            says = say("{rate} live pictures a second.", rate=round(rate, 1))
            return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures)
        says = say(
            "Only {rate} live pictures a second; {least} are needed. More light, another plug, or a smaller picture in"
            " the settings may help.",
            rate=round(rate, 1),
            least=LEAST_RATE,
        )
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures)

    def _target(self, step: Step, cancel: CancelToken) -> Finding:
        if self.means.calibrate is None:
            return self.skip(step, say("This station cannot measure the target."))
        if self._desk() is not None:
            return self.skip(step, say("A simulated device sees no paper: there is no target to measure."))
        use = use_of(self.role, self.info)
        seen: PageSeen | FaceSeen
        if self.role.name == DOCUMENT_SCANNER.name:
            seen = self.hands.page(self.info.device_id, cancel=cancel)
            readings = self.means.calibrate(seen.page.image, use, cancel)
        else:
            seen = self.hands.face(self.info.device_id, cancel=cancel)
            readings = self.means.calibrate(seen.capture.image, use, cancel)
        return judged_calibration(step, seen, readings)

    def _sheet(self, step: Step, cancel: CancelToken) -> Finding:
        if self.means.sheet is None:
            return self.skip(step, say("This station has no test sheet."))
        seen = self.hands.print(self.info.device_id, self.means.sheet(), cancel=cancel, progress=lambda _progress: None)
        seconds = round(seen.seconds, 1)
        return Finding(
            step=step,
            outcome=Outcome.PASSED,  # whether it came out is asked next, of the technician's eye
            says=seen.out,
            measures=(Measure(name="sheet", value=seconds, unit="s"),),
            seen=seen,
        )

    def _take_off(self, step: Step, cancel: CancelToken) -> Finding:
        with self.hands.devices.open_device(CHIP_READER, self.info.device_id) as reader:
            began = self._now()
            reader.wait_for_removal(cancel=cancel)
            seconds = round(self._now() - began, 1)
        return Finding(
            step=step,
            outcome=Outcome.PASSED,
            says=say("That the document left was noticed after {seconds} s.", seconds=seconds),
            measures=(Measure(name="take-off", value=seconds, unit="s"),),
        )

    # ── how it behaves ─────────────────────────────────────────────────────────────────────────────────────

    def _stop(self, step: Step, cancel: CancelToken) -> Finding:
        stop, stopped_at = CancelToken(), [0.0]

        def end() -> None:
            stopped_at[0] = self._now()
            stop.cancel()

        self.senses = self._senses()
        timer = threading.Timer(_BEFORE_STOP, end)
        forget = cancel.on_cancel(stop.cancel)
        timer.start()
        try:
            if self.role.name == FACE_CAMERA.name:  # one picture is too quick to be stopped
                self.hands.live(self.role, self.info.device_id, lambda _frame: None, cancel=stop)
            else:
                self.hands.look(self.role, self.info.device_id, cancel=stop)
        except Cancelled:
            cancel.raise_if_cancelled()
        else:
            says = say("The capture ended before it could be stopped: there was nothing to wait for.")
            if self.senses:
                says = say("Something was captured before it could be stopped. Take everything off and test again.")
            return self.skip(step, says)
        finally:
            ended = self._now()
            timer.cancel()
            forget()
        spent = round((ended - stopped_at[0]) * 1000)
        measures = (Measure(name="stop", value=float(spent), unit="ms"),)
        if spent <= MOST_STOP:
            says = say("A stop ends the capture in {spent} ms.", spent=spent)
            return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures)
        says = say(
            "A stop took {spent} ms; {most} are allowed. Restart the device and test again.",
            spent=spent,
            most=round(MOST_STOP),
        )
        return Finding(step=step, outcome=Outcome.FAILED, says=says, measures=measures)

    def _senses(self) -> bool:
        if self.role.name != DOCUMENT_SCANNER.name:
            return False
        with self.hands.devices.open_device(DOCUMENT_SCANNER, self.info.device_id) as scanner:
            return scanner.senses_documents

    def _second_use(self, step: Step) -> Finding:
        devices, device_id = self.hands.devices, self.info.device_id
        with devices.open_device(self.role, device_id):
            try:
                with devices.open_device(self.role, device_id):
                    pass
            except DeviceBusy:
                says = say("A second use is refused while the first goes on.")
                return Finding(step=step, outcome=Outcome.PASSED, says=says)
        says = say("The device let two use it at once. Tell whoever made the driver.")
        return Finding(step=step, outcome=Outcome.FAILED, says=says)

    def _plug(self, step: Step, cancel: CancelToken) -> Finding:
        """Wait until the registry says gone, or ready. A simulator's plug is moved by the bench itself."""
        gone = step.deed is Deed.UNPLUG
        if not gone and not self._was_unplugged():
            return self.skip(step, say("It was not unplugged: there is nothing to plug in again."))
        faults = self._desk()
        began = self._now()
        if faults is not None:
            (faults.unplug if gone else faults.replug)(self.info.device_id)
        if not self._await(self._is_gone if gone else self._is_ready, cancel):
            says = (
                say("The station did not notice within {most} s that the device is gone.", most=round(MOST_WAIT))
                if gone
                else say("The device was not ready again within {most} s. Try another plug.", most=round(MOST_WAIT))
            )
            return Finding(step=step, outcome=Outcome.FAILED, says=says)
        seconds = round(self._now() - began, 1)
        says = (
            say("The removal was noticed as a removal after {seconds} s, your hand's time included.", seconds=seconds)
            if gone
            else say("Ready again after {seconds} s, your hand's time included.", seconds=seconds)
        )
        measures = (Measure(name=step.name, value=seconds, unit="s"),)
        return Finding(step=step, outcome=Outcome.PASSED, says=says, measures=measures)

    def _desk(self) -> FaultDesk | None:
        """Who plays this device; None for a real one, and for a film that stands in for one: that is moved by hand."""
        faults = self.means.faults
        return faults if faults is not None and faults.choices(self.info.device_id) else None

    def _was_unplugged(self) -> bool:
        """Whether the station saw it go: a device that never left is no proof that it comes back."""
        return any(one.step.deed is Deed.UNPLUG and one.outcome is Outcome.PASSED for one in self.findings)

    def _is_gone(self) -> bool:
        """Gone by its own word, or no longer listed at all."""
        state = self._health()
        return state is None or state is HealthState.GONE

    def _is_ready(self) -> bool:
        return self._health() is HealthState.READY

    def _health(self) -> HealthState | None:
        for state in self.hands.devices.states():
            if state.info.device_id == self.info.device_id:
                return state.health.state
        return None

    def _await(self, condition: Callable[[], bool], cancel: CancelToken) -> bool:
        """Whether ``condition`` came true; looked at with every change that the registry tells of."""
        changed = threading.Event()
        unsubscribe = self.hands.devices.subscribe(changed.set)
        forget = cancel.on_cancel(changed.set)
        end = self._now() + MOST_WAIT
        try:
            while not condition():
                cancel.raise_if_cancelled()
                if not changed.wait(max(0.0, end - self._now())):
                    return condition()
                changed.clear()
            return True
        finally:
            forget()
            unsubscribe()

    def _now(self) -> float:
        return self.hands.clock.monotonic()
