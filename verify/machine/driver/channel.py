"""Commands in the machine, over the port that agent/agent.c has the other end of. The frames are described there."""

import dataclasses
import os
import select
import socket
import struct
import time

FRAME_MAX = 32768
HEADER = struct.Struct("<cI")
# What the host waits for beyond a command's own deadline: the machine is slow, and a lost one must not hang a run.
GRACE_SECONDS = 120


class Lost(Exception):
    """The machine no longer answers; what there is to know is on its console."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command has ended: `kind` is exited, signal or deadline; `code` its status or the signal's number."""

    kind: str
    code: int

    @property
    def status(self) -> int:
        """As a shell would say it; 124 after a deadline, as timeout(1) does."""
        return {"exited": self.code, "signal": 128 + self.code, "deadline": 124}[self.kind]


class Channel:
    def __init__(self, port: socket.socket):
        self.port = port
        self.received = bytearray()

    def await_agent(self, seconds: float) -> None:
        """Until the agent has said that it is there, once after each boot."""
        deadline = time.monotonic() + seconds
        while self._next_frame(deadline)[0] != b"H":
            pass

    def run(self, command: str, *, seconds: int, give=None, out=None, err=None, terminal: bool = False) -> Ended:
        """Runs a command as root. `give` is a file (with fileno) or bytes for its standard input; `out` and `err` are
        called with each piece of bytes it prints. Raises Lost if the machine does not answer."""
        self._send(b"R", struct.pack("<IB", seconds, terminal) + command.encode())
        source = _Source(give)
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        while True:
            kind, payload = self._next_frame(deadline, source)
            if kind == b"O" and out:
                out(payload)
            elif kind == b"E" and err:
                err(payload)
            elif kind == b"S":
                return Ended(("exited", "signal", "deadline")[payload[0]], payload[1])
            elif kind == b"H":
                raise Lost("the machine's agent has started again")

    def output(self, command: str, *, seconds: int = 300, give=None) -> str:
        """What a command prints; raises RuntimeError unless its status is 0."""
        text, errors = bytearray(), bytearray()
        ended = self.run(command, seconds=seconds, give=give, out=text.extend, err=errors.extend)
        if ended.status != 0:
            raise RuntimeError(f"status {ended.status} of: {command}\n{(text + errors).decode(errors='replace')}")
        return text.decode(errors="replace")

    def _send(self, kind: bytes, payload: bytes) -> None:
        try:
            self.port.sendall(HEADER.pack(kind, len(payload)) + payload)
        except OSError as e:
            raise Lost("the machine has closed its port") from e

    def _next_frame(self, deadline: float, source=None):
        while True:
            if len(self.received) >= HEADER.size:
                kind, size = HEADER.unpack_from(self.received)
                if len(self.received) >= HEADER.size + size:
                    payload = bytes(self.received[HEADER.size : HEADER.size + size])
                    del self.received[: HEADER.size + size]
                    return kind, payload
            self._wait(deadline, source)

    def _wait(self, deadline: float, source) -> None:
        """Until something has come in, or something more can go out."""
        reads, writes = [self.port], []
        if source and source.unsent:
            writes.append(self.port)
        elif source and not source.ended:
            reads.append(source)
        readable, writable, _ = select.select(reads, writes, [], max(0.0, deadline - time.monotonic()))
        if not readable and not writable:
            raise Lost("the machine does not answer")
        if source in readable:
            source.read()
        if self.port in readable:
            piece = self.port.recv(1 << 16)
            if not piece:
                raise Lost("the machine has closed its port")
            self.received += piece
        if self.port in writable:
            # only as much as there is room for: the agent reads no more while its command does not
            source.sent(self.port.send(source.unsent, socket.MSG_DONTWAIT))


class _Source:
    """What becomes a command's standard input, cut into frames; an empty one says that it ends."""

    def __init__(self, give):
        self.file = None if give is None or isinstance(give, bytes | bytearray) else give
        self.ended = self.file is None
        self.unsent = b""
        if self.ended:
            data = give or b""
            pieces = [data[at : at + FRAME_MAX] for at in range(0, len(data), FRAME_MAX)]
            self.unsent = memoryview(b"".join(map(self._frame, [*pieces, b""])))

    def fileno(self) -> int:
        return self.file.fileno()

    def read(self) -> None:
        data = os.read(self.file.fileno(), FRAME_MAX)
        self.ended = not data
        self.unsent = memoryview(self._frame(data))

    def sent(self, count: int) -> None:
        self.unsent = self.unsent[count:]

    @staticmethod
    def _frame(data: bytes) -> bytes:
        return HEADER.pack(b"I", len(data)) + data
