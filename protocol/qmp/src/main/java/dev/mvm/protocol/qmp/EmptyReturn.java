package dev.mvm.protocol.qmp;

/// Response of a command that was accepted and returns nothing.
public enum EmptyReturn {
    DONE
}
