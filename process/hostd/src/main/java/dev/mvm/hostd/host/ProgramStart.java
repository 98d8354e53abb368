package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Refusal;
import dev.mvm.protocol.guest.GuestStream;

/// What came of opening a program's stream.
public sealed interface ProgramStart {
    /// The guest has been asked; what it answers goes through the stream.
    record Opened(GuestStream stream) implements ProgramStart {}

    record NotOpened(Refusal reason) implements ProgramStart {}
}
