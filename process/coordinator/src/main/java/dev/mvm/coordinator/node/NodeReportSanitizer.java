package dev.mvm.coordinator.node;

import dev.mvm.coordinator.error.ProblemException;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.KeyUse;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.Problem;
import dev.mvm.protocol.control.v1.SecurityFinding;
import dev.mvm.protocol.control.v1.Sleep;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Sanitizes reports of nodes before they are shown. A node may be taken over, and its reports reach operators'
/// terminals and programs: known fields only, bounded in length, printable ASCII, and never another node's name.
public final class NodeReportSanitizer {
    /// One tenant has at most 252 instances on a node.
    private static final int MAX_INSTANCES = 16_384;

    private static final int TEXT = 200;
    private static final int FOUND = 400;
    private static final int MAX_FINDINGS = 2_000;
    private static final int LIMITS = 32;
    private static final int KEYS = 3;
    private static final int REFUSALS = 256;
    private static final int OUT_OF_SERVICE = 64;
    private static final Pattern REASON = Pattern.compile("[a-z][a-z0-9_]{0,63}");
    private static final int MAX_SIZE = 1 << 26;

    private NodeReportSanitizer() {}

    /// Returns a problem that a node has reported, sanitized.
    public static ProblemException problem(Problem said) {
        return problem(said.getReason(), said.getMessage());
    }

    static ProblemException problem(String reason, String message) {
        return ProblemException.ofNode(reason(reason), text(message));
    }

    static Node node(Node said) {
        var out = Node.newBuilder()
                .setMode(said.getMode().equals("hardened") ? "hardened" : "dev")
                .setHostname(text(said.getHostname()))
                .setArch(text(said.getArch()))
                .setVcpus(size(said.getVcpus()))
                .setMemMib(Math.clamp(said.getMemMib(), 0, MAX_SIZE))
                .setKernel(text(said.getKernel()))
                .setVmm(text(said.getVmm()))
                .setAccelerator(text(said.getAccelerator()))
                .setRootVersion(Math.max(0, said.getRootVersion()))
                .setSequenceInstalled(Math.max(0, said.getSequenceInstalled()))
                .setAgentVersion(text(said.getAgentVersion()))
                .setLogSize(Math.max(0, said.getLogSize()))
                .setLogRoot(digest(said.getLogRoot()))
                .setCertificateExpires(moment(said.getCertificateExpires()))
                .setCertificateFault(said.getCertificateFault().isEmpty() ? "" : reason(said.getCertificateFault()));
        said.getRefusalsMap().entrySet().stream()
                .filter(refusal -> REASON.matcher(refusal.getKey()).matches() && refusal.getValue() > 0)
                .sorted(Map.Entry.comparingByKey())
                .limit(REFUSALS)
                .forEach(refusal -> out.putRefusals(refusal.getKey(), refusal.getValue()));
        said.getLimitsList().stream()
                .limit(LIMITS)
                .map(NodeReportSanitizer::text)
                .forEach(out::addLimits);
        said.getOutOfServiceList().stream()
                .limit(OUT_OF_SERVICE)
                .map(line -> text(line, FOUND))
                .forEach(out::addOutOfService);
        return out.addAllSecurity(findings(said.getSecurityList())).build();
    }

    /// Returns sanitized findings. Their lines may be longer than other texts.
    static List<SecurityFinding> findings(List<SecurityFinding> said) {
        return said.stream()
                .limit(MAX_FINDINGS)
                .map(finding -> SecurityFinding.newBuilder()
                        .setName(text(finding.getName()))
                        .setHolds(finding.getHolds())
                        .setFound(text(finding.getFound(), FOUND))
                        .build())
                .toList();
    }

    /// Returns sanitized instances, without those that have an invalid address or state and without repetitions.
    static List<Instance> instances(NodeId node, List<Instance> said) {
        var out = new ArrayList<Instance>();
        var seen = new HashSet<String>();
        for (var instance : said) {
            var clean = instance(node, instance);
            if (clean.isPresent() && out.size() < MAX_INSTANCES && seen.add(instance.getAddress())) {
                out.add(clean.get());
            }
        }
        return out;
    }

    /// Returns the sanitized instance; empty if its address or state is invalid.
    static Optional<Instance> instance(NodeId node, Instance said) {
        if (!validAddress(said.getAddress())
                || InstanceState.of(said.getState()).isEmpty()) {
            return Optional.empty();
        }
        var out = Instance.newBuilder()
                .setAddress(said.getAddress())
                .setState(said.getState())
                .setHealthy(said.getHealthy())
                .setIp(text(said.getIp()))
                .setNode(node.value())
                .setRevision(text(said.getRevision()))
                .setVcpus(size(said.getVcpus()))
                .setMemMib(size(said.getMemMib()))
                .setReason(said.getReason().isEmpty() ? "" : reason(said.getReason()))
                .setStartedAt(text(said.getStartedAt()))
                .setManualUntil(text(said.getManualUntil()));
        if (said.hasSleep()) {
            out.setSleep(sleep(said.getSleep()));
        }
        said.getKeysList().stream()
                .limit(KEYS)
                .filter(NodeReportSanitizer::valid)
                .map(use -> KeyUse.newBuilder()
                        .setPurpose(use.getPurpose())
                        .setKey(use.getKey())
                        .setVersion(use.getVersion())
                        .build())
                .forEach(out::addKeys);
        return Optional.of(out.build());
    }

    /// Returns whether it names a purpose, and a version of a key or neither.
    private static boolean valid(KeyUse said) {
        if (said.getVersion() < 0 || said.getKey().isEmpty() != (said.getVersion() == 0)) {
            return false;
        }
        try {
            var _ = KeyPurpose.of(said.getPurpose());
            var _ = said.getKey().isEmpty() ? "" : new KeyName(said.getKey()).value();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Sleep sleep(Sleep said) {
        return Sleep.newBuilder()
                .setEpoch(Math.max(0, said.getEpoch()))
                .setMemoryBytes(Math.max(0, said.getMemoryBytes()))
                .setSealedBytes(Math.max(0, said.getSealedBytes()))
                .setSealMillis(Math.max(0, said.getSealMillis()))
                .setOpenMillis(Math.max(0, said.getOpenMillis()))
                .setSleptAt(text(said.getSleptAt()))
                .build();
    }

    private static boolean validAddress(String address) {
        try {
            return InstanceAddress.parse(address).toString().equals(address);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// Returns a valid reason code: `said`, or `unspecified` if it is malformed.
    static String reason(String said) {
        return REASON.matcher(said).matches() ? said : "unspecified";
    }

    static String text(String said) {
        return text(said, TEXT);
    }

    private static String text(String said, int most) {
        var cut = said.length() > most ? said.substring(0, most) : said;
        return cut.replaceAll("[^ -~]", "?");
    }

    /// Returns a valid digest: `said`, or the empty text if it is malformed.
    private static String digest(String said) {
        try {
            return new Digest(said).value();
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /// Returns a valid moment: `said`, or the empty text if it is malformed.
    private static String moment(String said) {
        try {
            return said.length() > TEXT ? "" : Instant.parse(said).toString();
        } catch (DateTimeException e) {
            return "";
        }
    }

    private static int size(int said) {
        return Math.clamp(said, 0, MAX_SIZE);
    }
}
