package dev.mvm.netd;

import dev.mvm.linux.nftables.Nftables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The packet filter that is in force.
final class Filter {
    private static final String COUNTING = "\"family\": \"ip\""; // its table changes with every connection
    private static final String COMPLETE = "all, in their order";
    private static final Pattern ASKED =
            Pattern.compile("\\[\"([^\"]+)\", \"([^\"]+)\"]}, \"counter\": \\{\"packets\": ([1-9][0-9]*)");

    private final Nftables nftables;
    private List<String> loaded = List.of();

    Filter(Nftables nftables) {
        this.nftables = nftables;
    }

    /// Puts `ruleset` in force, and reads back what the kernel makes of it.
    void apply(String ruleset) throws IOException {
        nftables.apply(ruleset);
        loaded = rules();
    }

    /// Returns the number of ARP requests for each address since these rules are in force, without zeros.
    Map<BridgeAddress, Long> asked() {
        try {
            return ASKED.matcher(nftables.apply("list set arp mvm asked"))
                    .results()
                    .collect(Collectors.toMap(
                            m -> new BridgeAddress(m.group(1), m.group(2)), m -> Long.parseLong(m.group(3))));
        } catch (IOException e) {
            return Map.of(); // nothing is in force, or not what should be: [#look] finds that
        }
    }

    /// Compares the rules in force with those that were read back when they were put in force, so that it does not
    /// matter how the kernel spells a rule.
    Finding look() throws IOException {
        var is = rules();
        var missing = new ArrayList<>(loaded);
        is.forEach(missing::remove);
        var surplus = new ArrayList<>(is);
        loaded.forEach(surplus::remove);
        var difference = missing.size() + " missing, " + surplus.size() + " too many";
        return Findings.of("rules", COMPLETE, is.equals(loaded) ? COMPLETE : difference);
    }

    /// Ours, without what the kernel counts and numbers.
    private List<String> rules() throws IOException {
        var text = nftables.apply("list ruleset")
                .replaceAll(",? *\"handle\": [0-9]+", "")
                .replaceAll("(\"packets\"|\"bytes\"): [0-9]+", "$1");
        return Stream.of(text.split("(?=\\{\"(?:table|chain|set|rule)\": )", -1))
                .filter(line -> line.contains("\"mvm\"") && !line.contains(COUNTING))
                .map(line -> line.replaceAll("[],}\\s]+$", ""))
                .toList();
    }
}
