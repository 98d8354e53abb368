package dev.mvm.keyd.store;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.protocol.trust.store.StateFiles;
import java.io.IOException;
import java.io.Serial;
import java.util.List;
import java.util.Map;

/// Counts what changes something that lasts, and ends the process, so to speak, before one of those changes.
final class Steps {
    /// The process is gone: nothing of it runs any more.
    static final class Gone extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1L;
    }

    private final int last;
    private int done;

    /// @param last how many changes happen
    Steps(int last) {
        this.last = last;
    }

    private void step() {
        if (done >= last) {
            throw new Gone();
        }
        done++;
    }

    StateFiles of(StateFiles files) {
        return new StateFiles() {
            @Override
            public Map<String, byte[]> all() throws IOException {
                return files.all();
            }

            @Override
            public void put(String name, byte[] content) throws IOException {
                step();
                files.put(name, content);
            }

            @Override
            public void remove(String name) throws IOException {
                step();
                files.remove(name);
            }
        };
    }

    EpochSource of(EpochSource source) {
        return new EpochSource() {
            @Override
            public String kind() {
                return source.kind();
            }

            @Override
            public boolean makesEpochs() {
                return source.makesEpochs();
            }

            @Override
            public List<Integer> epochs() throws StoreException {
                return source.epochs();
            }

            @Override
            public void read(int epoch, SecretMemory into) throws StoreException {
                source.read(epoch, into);
            }

            @Override
            public boolean begin(int epoch, SecretMemory key) throws StoreException {
                step();
                return source.begin(epoch, key);
            }

            @Override
            public boolean end(int epoch) throws StoreException {
                step();
                return source.end(epoch);
            }
        };
    }

    /// A master key whose service answers no longer.
    static MasterKey unreachable(MasterKey real) {
        return new MasterKey() {
            private StoreException gone() {
                return new StoreException(StoreException.Reason.MASTER_UNREACHABLE, "the service does not answer");
            }

            @Override
            public String kind() {
                return real.kind();
            }

            @Override
            public boolean makesEpochs() {
                return true;
            }

            @Override
            public List<Integer> epochs() throws StoreException {
                throw gone();
            }

            @Override
            public boolean begin(int epoch) throws StoreException {
                throw gone();
            }

            @Override
            public boolean end(int epoch) throws StoreException {
                throw gone();
            }

            @Override
            public String make(int epoch, KeyPlace place) throws StoreException {
                throw gone();
            }

            @Override
            @MustBeClosed
            public SecretMemory open(KeyPlace place, String wrapped) throws StoreException {
                throw gone();
            }

            @Override
            public String rewrap(int epoch, KeyPlace place, String wrapped) throws StoreException {
                throw gone();
            }

            @Override
            public int epoch(String wrapped) {
                return real.epoch(wrapped);
            }

            @Override
            public void close() {
                real.close();
            }
        };
    }
}
