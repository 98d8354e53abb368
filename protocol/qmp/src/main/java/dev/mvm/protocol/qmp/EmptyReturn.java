package dev.mvm.protocol.qmp;

/// What a command answers that has nothing to say but that it was taken.
public enum EmptyReturn {
    DONE
}
