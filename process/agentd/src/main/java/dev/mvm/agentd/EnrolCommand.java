package dev.mvm.agentd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.agentd.credential.RenewalException;
import dev.mvm.agentd.link.Enrolment;
import dev.mvm.model.NodeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/// `mvm-agentd enrol --node NAME --coordinator HOST:PORT`: makes a node's key and prints it with its first certificate
/// and the authorities, in PEM. The token comes on standard input: arguments of a process are for everybody to read.
final class EnrolCommand {
    static final String USAGE = "mvm-agentd enrol --node NAME --coordinator HOST:PORT <TOKEN";

    private static final int MAX_TOKEN = 1024;
    private static final Pattern ADDRESS = Pattern.compile("(.{1,253}):([1-9][0-9]{0,4})");
    private static final int MAX_PORT = 65_535;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    EnrolCommand(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /// Returns the exit status: 0 done, 1 failed, 2 wrong usage.
    int run(List<String> words) {
        if (words.size() != 4 || !words.get(0).equals("--node") || !words.get(2).equals("--coordinator")) {
            err.println("usage: " + USAGE);
            return 2;
        }
        try {
            var token = new String(in.readNBytes(MAX_TOKEN), US_ASCII).strip();
            var enrolment = new Enrolment(new NodeId(words.get(1)), token);
            out.write(enrolment.enrol(address(words.get(3)), Instant.now()).text());
            out.flush();
            return 0;
        } catch (IllegalArgumentException e) {
            err.println("mvm-agentd enrol: " + e.getMessage());
            return 2;
        } catch (RenewalException e) {
            err.println("mvm-agentd enrol: not enrolled: " + printable(String.valueOf(e.getMessage())) + " ("
                    + e.fault().word() + ")");
            return 1;
        } catch (IOException | GeneralSecurityException e) {
            err.println("mvm-agentd enrol: not enrolled: " + printable(String.valueOf(e.getMessage())));
            return 1;
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }

    private static InetSocketAddress address(String text) {
        var parts = ADDRESS.matcher(text);
        if (!parts.matches() || Integer.parseInt(parts.group(2)) > MAX_PORT) {
            throw new IllegalArgumentException("--coordinator: expected HOST:PORT");
        }
        return InetSocketAddress.createUnresolved(parts.group(1), Integer.parseInt(parts.group(2)));
    }
}
