"""A machine: one QEMU process, what it has, and the two wires to it."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

from channel import Channel
from monitor import Monitor

MEMORY_MIB = 2048
# Boots take 7 s on a quiet machine; these bound a hang.
BOOT_SECONDS = 600
# Root gives a machine that others wait for three times as much time as each of the processes beside it; with an equal share it takes
# twice as long.
BEFORE_OTHERS = '{ echo -5 >/proc/self/autogroup; } 2>/dev/null; exec "$@"'


def _tsc_khz() -> int:
    """The rate of this machine's time stamp counter, which is what the emulated one counts at: it saves the guest a
    calibration that goes wrong under load. /proc/cpuinfo has twice the MHz as bogomips."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("bogomips"):
            return int(float(line.split(":")[1]) * 500 + 0.5)
    raise RuntimeError("/proc/cpuinfo does not say bogomips")


class Image:
    """The files of a machine that does not run: see the script `image` for base, and `Machine.save` for the others."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.kernel = folder / "vmlinux"
        self.initrd = folder / "initrd.cpio"
        self.disk = folder / "disk.img"
        self.memory = folder / "memory"
        self.state = folder / "state"

    def copy_to(self, folder: pathlib.Path) -> "Image":
        """All files, holes kept."""
        folder.mkdir(parents=True)
        for name in ("vmlinux", "initrd.cpio", "disk.img", "memory", "state"):
            if (self.folder / name).exists():
                subprocess.run(["cp", "--sparse=always", "--reflink=auto", self.folder / name, folder], check=True)
        return Image(folder)


class Machine:
    """A running machine. Ends with the `with` statement, and with the thread that has made it."""

    def __init__(self, image: Image, log: pathlib.Path, *, keep: bool):
        """Boots the image, or goes on from its saved state if it has one. With `keep` the disk and memory are the
        image's own; without, they are copies on write that vanish with the machine."""
        self.image = image
        self.console = log
        monitor, its_monitor = socket.socketpair()
        port, its_port = socket.socketpair()
        command = self._command(its_monitor.fileno(), its_port.fileno(), keep)
        with its_monitor, its_port, open(f"{log}.qemu", "wb") as errors:
            self.process = subprocess.Popen(
                # dies with this thread, whatever ends that
                ["setpriv", "--pdeathsig", "KILL", "sh", "-c", BEFORE_OTHERS if keep else 'exec "$@"', "sh", *command],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                pass_fds=(its_monitor.fileno(), its_port.fileno()),
                # the scheduler shares time between sessions (sched(7), autogroup), of which each daemon of a fleet is one
                start_new_session=True,
            )
        try:
            self.channel = Channel(port)
            self.monitor = Monitor(monitor)
            self._begin()
        except BaseException:
            self.end()
            raise

    def _command(self, monitor: int, port: int, keep: bool) -> list[str]:
        image, size = self.image, f"{MEMORY_MIB}M"
        append = (
            f"console=ttyS0 panic=-1 quiet mitigations=off tsc_early_khz={_tsc_khz()} no_timer_check "
            "cryptomgr.notests systemd.show_status=false net.ifnames=0"
        )
        share = "on" if keep else "off"
        return [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            # a reset is a reboot only when it is asked for, see reboot(): a panic must not go round for ever
            "-action", "reboot=shutdown",
            "-machine", "q35,smm=off,usb=off,memory-backend=m", "-m", size,
            "-object", f"memory-backend-file,id=m,size={size},mem-path={image.memory},share={share}",
            # max has SVM: /dev/kvm works in the machine, on any hardware, slowly; a fifth level of page tables is of no
            # use to 2 GiB and walked by software. One processor: with a second one, each page that a JVM protects or gives back
            # waits for that one's answer, which the host may be emulating later, and a JVM takes four times as long to start
            "-accel", "tcg", "-cpu", "max,la57=off", "-smp", "1",
            "-bios", "qboot.rom", "-kernel", str(image.kernel), "-initrd", str(image.initrd), "-append", append,
            "-drive", f"if=none,id=root,file={image.disk},format=raw,cache=unsafe,snapshot={'off' if keep else 'on'}",
            "-device", "virtio-blk-pci,drive=root",
            "-object", "rng-random,id=random,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=random",
            "-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console",
            "-chardev", f"socket,id=port,fd={port}", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=port,name=mvm.test",
            "-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control",
            *(["-incoming", "defer"] if image.state.exists() else []),
        ]

    def _begin(self) -> None:
        if self.image.state.exists():
            self.monitor.restore(str(self.image.state))
            # time has gone on; and what was random in the saved machine is the same in all that come from it
            self.channel.output(f"date -s @{time.time():.3f} && cat > /dev/urandom", give=os.urandom(64))
        else:
            self.channel.await_agent(BOOT_SECONDS)
            self.await_boot()

    def await_boot(self) -> None:
        """Until systemd has nothing more to start. What has failed meanwhile is for a suite to find."""
        self.channel.run("systemctl is-system-running --wait", seconds=BOOT_SECONDS)

    def reboot(self, *, orderly: bool) -> None:
        """Boots again: from within, or as after a power cut."""
        self.monitor.tell("set-action", reboot="reset")
        if orderly:
            self.channel.output("systemctl --no-block reboot")
        else:
            self.monitor.tell("system_reset")
        self.channel.await_agent(BOOT_SECONDS)
        self.monitor.tell("set-action", reboot="shutdown")
        self.await_boot()

    def save(self) -> None:
        """Writes the state beside disk and memory, which have to be the image's own, and ends the machine."""
        self.channel.output("sync")
        fresh = self.image.folder / "state.new"
        self.monitor.save(str(fresh))
        self.monitor.tell("quit")
        self.process.wait()
        fresh.rename(self.image.state)

    def why_lost(self) -> str:
        """The end of what QEMU and the machine's console said."""
        files = [path for path in (pathlib.Path(f"{self.console}.qemu"), self.console) if path.exists()]
        return "".join(path.read_bytes()[-4000:].decode(errors="replace") for path in files)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *_) -> None:
        self.end()


def remove(folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
