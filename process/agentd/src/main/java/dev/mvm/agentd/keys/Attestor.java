package dev.mvm.agentd.keys;

import dev.mvm.model.Bytes;
import java.io.IOException;

/// Evidence about this boot. Blocking; thread-safe.
public interface Attestor {
    /// A machine without evidence.
    Attestor NONE = new Attestor() {
        @Override
        public Bytes identity() {
            return Bytes.EMPTY;
        }

        @Override
        public Bytes evidence(Bytes challenge, Bytes statement) {
            return Bytes.EMPTY;
        }
    };

    /// Returns what the key service makes its challenge for, at most 1024 bytes; empty without a TPM.
    Bytes identity();

    /// Returns the evidence for a statement.
    ///
    /// @param challenge the envelope that the statement answers
    /// @param statement an envelope
    /// @return at most 65,536 bytes; empty for none
    /// @throws IOException if what gives evidence fails
    Bytes evidence(Bytes challenge, Bytes statement) throws IOException;
}
