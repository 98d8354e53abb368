package dev.mvm.keyd;

import dev.mvm.crypto.sign.SigningException;
import dev.mvm.crypto.tenantkeys.KeyException;
import dev.mvm.keyd.audit.AuditVerification;
import dev.mvm.keyd.store.StoreException;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// `mvm-keyd VERB`. Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
public final class Main {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private static final String CONFIG = "--config";

    static final String HELP = """
        usage: mvm-keyd VERB OPTIONS

          run     --config FILE
                  answer requests until SIGTERM
          init    --config FILE --root FILE --pin DIGEST
                  begin an empty key service under the fleet's first trust root, which has to have this digest
          make-signing-key --config FILE
                  make the signing key if it is a file and missing, and print its public half: it gets the role
                  keys in the next trust root
          status  --config FILE
                  ask the running mvm-keyd how it is, and print its answer, JSON
          backup  --config FILE --out FILE
                  write keys (encrypted under the master key), documents and releases to one signed file; mvm-keyd
                  has to be stopped
          restore --config FILE --from FILE
                  begin with a backup; it is held until every tenant's newest grant was published and resumed
          resume  --config FILE
                  let a held or stopped store serve again; mvm-keyd has to be stopped
          standby --config FILE --from FILE
                  begin, or bring up to date, a standby of the service that has written this backup: it only seals
          audit export --config FILE --out FILE
                  write the audit to one file
          audit verify FILE --key PUBLIC
                  verify such a file: no record is altered, missing inside or moved, and the key service with the
                  public key PUBLIC (Base64) has signed the last one
          help    print this
        """;

    private Main() {}

    public static void main(String[] args) {
        Thread.setDefaultUncaughtExceptionHandler(Main::uncaught);
        System.exit(run(List.of(args)));
    }

    /// Ends keyd on an error: what the thread was doing is half done, and the next start finishes it.
    private static void uncaught(Thread thread, Throwable e) {
        KeydJournal.error("mvm-keyd: thread " + thread.getName() + ": " + e);
        Runtime.getRuntime().halt(FAILED);
    }

    /// Runs one verb.
    ///
    /// @return the exit status
    static int run(List<String> words) {
        try {
            return dispatch(words);
        } catch (Arguments.UsageException | KeydConfig.ConfigException e) {
            return failed(USAGE, e.getMessage());
        } catch (NoSuchFileException e) {
            return failed(FAILED, "no such file: " + e.getFile());
        } catch (StoreException e) {
            return failed(FAILED, e.getMessage() + " (" + e.reason().code() + ")");
        } catch (IOException
                | RefusedException
                | SigningException
                | KeyException
                | KeydException
                | AuditVerification.BrokenAuditException e) {
            return failed(FAILED, e.getMessage());
        }
    }

    private static int failed(int status, @org.jspecify.annotations.Nullable String why) {
        KeydJournal.error("mvm-keyd: " + why);
        return status;
    }

    private static int dispatch(List<String> words)
            throws Arguments.UsageException, KeydConfig.ConfigException, IOException, RefusedException,
                    SigningException, KeyException, StoreException, KeydException,
                    AuditVerification.BrokenAuditException {
        var verb = words.isEmpty() ? "" : words.getFirst();
        var rest = words.isEmpty() ? words : words.subList(1, words.size());
        switch (verb) {
            case "run" ->
                Daemon.start(config(Arguments.parse(rest, Set.of(CONFIG)))).serve();
            case "init" -> {
                var options = Arguments.parse(rest, Set.of(CONFIG, "--root", "--pin"));
                Setup.init(config(options), options.file("--root"), options.required("--pin"));
            }
            case "make-signing-key" -> Setup.makeSigningKey(config(Arguments.parse(rest, Set.of(CONFIG))));
            case "status" -> Setup.status(config(Arguments.parse(rest, Set.of(CONFIG))));
            case "resume" -> Setup.resume(config(Arguments.parse(rest, Set.of(CONFIG))));
            case "backup" -> {
                var options = Arguments.parse(rest, Set.of(CONFIG, "--out"));
                Backups.write(config(options), options.file("--out"));
            }
            case "restore", "standby" -> {
                var options = Arguments.parse(rest, Set.of(CONFIG, "--from"));
                Backups.restore(config(options), options.file("--from"), verb.equals("standby"));
            }
            case "audit" -> audit(rest);
            case "help", "--help", "-h" -> System.out.print(HELP);
            default -> throw new Arguments.UsageException("no such verb; mvm-keyd help lists them");
        }
        return DONE;
    }

    private static void audit(List<String> words)
            throws Arguments.UsageException, KeydConfig.ConfigException, IOException,
                    AuditVerification.BrokenAuditException {
        if (words.size() > 1 && words.getFirst().equals("verify")) {
            var options = Arguments.parse(words.subList(2, words.size()), Set.of("--key"));
            Setup.verifyAudit(Path.of(words.get(1)), options.required("--key"));
        } else if (!words.isEmpty() && words.getFirst().equals("export")) {
            var options = Arguments.parse(words.subList(1, words.size()), Set.of(CONFIG, "--out"));
            Setup.exportAudit(config(options), options.file("--out"));
        } else {
            throw new Arguments.UsageException(
                    "mvm-keyd audit export --config FILE --out FILE, or audit verify FILE --key PUBLIC");
        }
    }

    private static KeydConfig config(Arguments options)
            throws Arguments.UsageException, KeydConfig.ConfigException, IOException {
        return KeydConfig.read(options.file(CONFIG));
    }
}
