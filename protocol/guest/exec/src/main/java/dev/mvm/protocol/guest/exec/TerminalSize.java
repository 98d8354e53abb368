package dev.mvm.protocol.guest.exec;

/// The size of a terminal in characters, 0 to 65535 each.
public record TerminalSize(int rows, int columns) {
    public TerminalSize {
        if (rows < 0 || rows > 0xffff || columns < 0 || columns > 0xffff) {
            throw new IllegalArgumentException("terminal size out of range");
        }
    }
}
