package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Refusal;
import java.io.Serial;

/// An artefact or a volume of an instance is missing, or differs from what it should be.
public final class ArtefactException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;

    public ArtefactException(Refusal refusal, String detail) {
        super(detail);
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
