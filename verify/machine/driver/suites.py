"""Suites: programs that print TAP, each run in a machine of its own."""

import concurrent.futures
import dataclasses
import io
import pathlib
import re
import tarfile
import threading
import time
from concurrent.futures import FIRST_COMPLETED

from channel import Ended, Lost
from machine import MEMORY_MIB, Image, Machine
from monitor import Refused

# Generous, but a suite that hangs must leave the others time. One that needs longer says so: a line `# seconds: N`.
SUITE_SECONDS = 2400
# With these a suite asks for a reboot or a power cut, after which it is run again; see suite.sh.
REBOOT, POWER_CUT = 75, 76
REBOOTS_AT_MOST = 20
# Whether a machine has been made.
SECONDS_BETWEEN_LOOKS = 1

_printing = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Report:
    name: str
    passed: bool
    seconds: float


class Said:
    """What a suite says, and after how many seconds each line was there."""

    def __init__(self, out, times, began: float):
        self._out, self._times, self._began = out, times, began

    def __call__(self, data: bytes) -> None:
        self._out.write(data)
        self._out.flush()
        for line in data.decode(errors="replace").splitlines():
            print(f"{time.monotonic() - self._began:7.1f}  {line}", file=self._times, flush=True)


def run_all(images: pathlib.Path, names: list[str], files: bytes, reports: pathlib.Path) -> bool:
    """Runs the suites, each as soon as the machine that it begins from is there, as many at once as the memory is enough for,
    at most two; and one less while the file `making` says that machines are being made, by the process that removes it then. Those that
    say `# early` begin first, so that none of them is left over at the end. Says a line about each as it ends, and returns
    whether all have passed. `files` is an archive that each is given."""
    waiting = sorted(names, key=lambda name: "\n# early\n" not in _text(name, files))
    begins_from = {name: _image(images, name, files) for name in names}
    at_once, running, done = _at_once(), set(), set()
    with concurrent.futures.ThreadPoolExecutor(max_workers=at_once) as pool:
        while waiting or running:
            made = not (images / "making").exists()  # looked at before what was made, which is there when it says so
            ready = [name for name in waiting if _is_there(begins_from[name])]
            if ready and len(running) < max(1, at_once - (not made)):
                name = ready[0]
                waiting.remove(name)
                running.add(pool.submit(run, begins_from[name], name, files, reports))
            elif waiting and not ready and made:
                for name in waiting:
                    done.add(pool.submit(_give_up, begins_from[name], name, reports))
                waiting = []
            else:
                ended, running = concurrent.futures.wait(running, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
                done |= ended
                if not ended and not running:
                    time.sleep(SECONDS_BETWEEN_LOOKS)
    return all(suite.result().passed for suite in done)


def _give_up(image: Image, name: str, reports: pathlib.Path) -> Report:
    """For a suite whose machine was not made; the maker of machines says why in a file `MACHINE.why`."""
    why = image.folder.with_name(f"{image.folder.name}.why")
    reason = why.read_text().strip() if why.exists() else f"the machine '{image.folder.name}' was not made"
    tap = reports / f"node-{name}.tap"
    tap.write_text(f"Bail out! {reason}\n")
    report = Report(name, False, 0.0)
    _tell(report, tap)
    return report


def _is_there(image: Image) -> bool:
    return image.folder.with_name(f"{image.folder.name}.key").exists()


def _image(images: pathlib.Path, name: str, files: bytes) -> Image:
    wanted = re.search(r"^# from: (\w+)$", _text(name, files), re.MULTILINE)
    return Image(images / (wanted[1] if wanted else "ready"))


def _text(name: str, files: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        return archive.extractfile(f"suites/{name}").read().decode()


def _at_once() -> int:
    fields = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
    available_mib = int(fields["MemAvailable"].split()[0]) // 1024
    return 2 if available_mib > 2 * MEMORY_MIB + 1024 else 1


def run(image: Image, name: str, files: bytes, reports: pathlib.Path) -> Report:
    """Leaves NAME.tap, when each of its lines came in NAME.times, what the suite said to standard error in NAME.log, the
    journal in NAME.journal, how long it took in NAME.seconds."""
    began = time.monotonic()
    tap = reports / f"node-{name}.tap"
    with (
        open(tap, "wb") as out,
        open(reports / f"node-{name}.times", "w") as times,
        open(reports / f"node-{name}.log", "wb") as log,
    ):
        try:
            with Machine(image, reports / f"node-{name}.console", keep=False) as machine:
                passed = _run_in(machine, name, files, Said(out, times, began), log)
                _keep_journal(machine, reports / f"node-{name}.journal")
        except (Lost, Refused, RuntimeError, OSError) as e:
            out.write(f"Bail out! {e}\n".replace("\n", " ").encode() + b"\n")
            passed = False
    report = Report(name, passed, time.monotonic() - began)
    (reports / f"node-{name}.seconds").write_text(f"{report.seconds:.0f}\n")
    _tell(report, tap)
    return report


def _run_in(machine: Machine, name: str, files: bytes, say: Said, log) -> bool:
    unpack = f"mkdir -p /opt/mvm-test && cd /opt/mvm-test && tar -x && echo {int(time.time())} > now"
    machine.channel.output(unpack, give=files)
    allowed = re.search(r"^# seconds: (\d+)$", _text(name, files), re.MULTILINE)
    seconds = int(allowed[1]) if allowed else SUITE_SECONDS
    for _ in range(REBOOTS_AT_MOST):
        ended = machine.channel.run(f"/opt/mvm-test/suites/{name}", seconds=seconds, out=say, err=log.write)
        if ended not in (Ended("exited", REBOOT), Ended("exited", POWER_CUT)):
            break
        machine.reboot(orderly=ended.code == REBOOT)
    if ended.kind != "exited":
        say(f"Bail out! ended by {ended.kind} {ended.code}\n".encode())
    return ended == Ended("exited", 0)


def _keep_journal(machine: Machine, path: pathlib.Path) -> None:
    with open(path, "wb") as journal:
        machine.channel.run("journalctl --no-pager --namespace='*' -o short-monotonic", seconds=300, out=journal.write)


def _tell(report: Report, tap: pathlib.Path) -> None:
    with _printing:
        word = "ok" if report.passed else "FAILED"
        print(f"  {report.name:<52}{word}  {report.seconds:3.0f} s", flush=True)
        if not report.passed:
            for line in tap.read_text(errors="replace").splitlines():
                if line.startswith(("not ok", "Bail out!", "#  ")):
                    print(f"    | {line}", flush=True)
