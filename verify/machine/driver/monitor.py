"""QEMU's own control, QMP: what stops, saves and restores a machine. No polling, QEMU tells what happens."""

import json
import socket

# Generous: it bounds a hang. Saving or loading takes a tenth of a second.
PATIENCE_SECONDS = 300


class Refused(Exception):
    """QEMU does not do what it was told."""


class Monitor:
    def __init__(self, port: socket.socket):
        port.settimeout(PATIENCE_SECONDS)
        self.port = port
        self.lines = port.makefile("rb")
        self.events: list[dict] = []
        self._next()  # the greeting
        self.tell("qmp_capabilities")

    def tell(self, command: str, **arguments):
        """Runs a command and returns what it answers."""
        self.port.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = self._next()
            if "error" in answer:
                raise Refused(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
            self.events.append(answer)

    def await_event(self, wanted) -> dict:
        """Until an event comes that `wanted` is true for; those before it are dropped."""
        while True:
            event = self.events.pop(0) if self.events else self._next()
            if "event" in event and wanted(event):
                return event

    def save(self, path: str) -> None:
        """Stops the machine and writes the state of its devices. Its memory is in a file already, so not in the state."""
        self._prepare_migration()
        self.tell("stop")
        self.tell("migrate", uri=f"file:{path}")
        self._await_migration()

    def restore(self, path: str) -> None:
        """Makes a machine that was started with -incoming defer go on where the saved one stopped."""
        self._prepare_migration()
        self.tell("migrate-incoming", uri=f"file:{path}")
        self._await_migration()
        self.tell("cont")

    def _prepare_migration(self) -> None:
        on = [{"capability": name, "state": True} for name in ("events", "x-ignore-shared")]
        self.tell("migrate-set-capabilities", capabilities=on)
        self.tell("migrate-set-parameters", **{"max-bandwidth": 10**11})

    def _await_migration(self) -> None:
        ends = ("completed", "failed")
        event = self.await_event(lambda e: e["event"] == "MIGRATION" and e["data"]["status"] in ends)
        if event["data"]["status"] == "failed":
            raise Refused(f"migration failed: {self.tell('query-migrate').get('error-desc', 'no reason given')}")

    def _next(self) -> dict:
        line = self.lines.readline()
        if not line:
            raise Refused("QEMU has ended")
        return json.loads(line)
