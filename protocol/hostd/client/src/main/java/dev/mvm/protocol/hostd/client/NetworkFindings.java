package dev.mvm.protocol.hostd.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.MalformedFrameException;
import dev.mvm.protocol.hostd.Observation.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Findings about tenants' networks: netd has written them, and hostd has passed them on unread;
/// `docs/protocol/netd.md`.
public final class NetworkFindings {
    /// Most findings of a verification.
    public static final int MOST = 2_000;

    private static final Pattern FORM = Pattern.compile("(good|wrong) ([ -~]{1,100})\t([ -~]{0,400})");

    private NetworkFindings() {}

    /// Reads findings, what does not hold first.
    ///
    /// @throws MalformedFrameException if they have another form, or are too many
    public static List<Finding> of(HostReply.Found found) throws MalformedFrameException {
        var text = new String(found.lines().array(), US_ASCII);
        var out = new ArrayList<Finding>();
        if (text.isEmpty()) {
            return out;
        }
        var lines = text.split("\n", MOST + 2);
        if (lines.length > MOST + 1 || !lines[0].isEmpty()) {
            throw new MalformedFrameException("not lines of findings, or too many");
        }
        for (int i = 1; i < lines.length; i++) {
            var line = FORM.matcher(lines[i]);
            if (!line.matches()) {
                throw new MalformedFrameException("not a line of a finding");
            }
            out.add(new Finding(line.group(2), line.group(1).equals("good"), line.group(3)));
        }
        return out;
    }
}
