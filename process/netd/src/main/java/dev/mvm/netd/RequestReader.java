package dev.mvm.netd;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.NetId;
import dev.mvm.model.Slot;
import dev.mvm.model.Subnet;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.NodeNetworks;
import dev.mvm.protocol.netd.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads the text of hostd's requests. Each method throws an [IllegalArgumentException] for a text that is no request.
final class RequestReader {
    private static final String[] NONE = {""};
    private static final String NUMBER = "0|[1-9][0-9]{0,9}";

    private RequestReader() {}

    static NetdRequest read(String text) {
        var lines = text.split("\n", -1);
        var words = lines[0].split(" ", -1);
        return switch (words[0]) {
            case "up" -> new NetdRequest.Up(net(word(words, 1, 2)), all(lines));
            case "state" -> new NetdRequest.State(all(words.length == 1 ? lines : NONE));
            case "fetch" ->
                new NetdRequest.Fetch(slot(word(words, 1, 4)), number(words[2]), Subnet.parse(words[3]), all(lines));
            case "adopt" ->
                new NetdRequest.Adopt(slot(word(words, 1, 4)), number(words[2]), Subnet.parse(words[3]), all(lines));
            case "disconnect" -> new NetdRequest.Disconnect(slot(word(words, 1, 2)), all(lines));
            default -> lines.length == 1 ? line(words) : line(NONE);
        };
    }

    /// A request without lines below the first.
    private static NetdRequest line(String[] words) {
        return switch (words[0]) {
            case "prepare" -> new NetdRequest.Prepare(slot(word(words, 1, 3)), number(words[2]));
            case "verify" -> new NetdRequest.Verify(either(word(words, 1, 2), "deep", "shallow"));
            case "count" -> new NetdRequest.Count(either(word(words, 1, 2), "all", "traffic"));
            default -> throw invalid();
        };
    }

    private static IllegalArgumentException invalid() {
        return new IllegalArgumentException("not a request");
    }

    private static String word(String[] words, int index, int count) {
        if (words.length != count) {
            throw invalid();
        }
        return words[index];
    }

    private static boolean either(String word, String yes, String no) {
        if (!word.equals(yes) && !word.equals(no)) {
            throw invalid();
        }
        return word.equals(yes);
    }

    private static int number(String word) {
        if (!word.matches(NUMBER)) {
            throw invalid();
        }
        return Integer.parseInt(word);
    }

    private static NetId net(String word) {
        return new NetId(number(word));
    }

    private static Slot slot(String word) {
        var parts = word.split("\\.", -1);
        return new Slot(net(word(parts, 0, 2)), number(parts[1]));
    }

    /// The lines below the first, each of which ends with a line end.
    private static NodeNetworks all(String[] lines) {
        if (lines.length < 2 || !lines[lines.length - 1].isEmpty()) {
            throw invalid();
        }
        var uplink = Optional.<InterfaceName>empty();
        var networks = new ArrayList<TenantNet>();
        var places = new ArrayList<Place>();
        for (var line : List.of(lines).subList(1, lines.length - 1)) {
            var words = line.split(" ", -1);
            switch (words[0]) {
                case "uplink" -> {
                    if (uplink.isPresent()) {
                        throw invalid();
                    }
                    uplink = Optional.of(new InterfaceName(word(words, 1, 2)));
                }
                case "network" -> networks.add(new TenantNet(net(word(words, 1, 3)), Subnet.parse(words[2])));
                case "place" -> places.add(place(words));
                default -> throw invalid();
            }
        }
        return new NodeNetworks(uplink, networks, places);
    }

    private static Place place(String[] words) {
        if (words.length < 4) {
            throw invalid();
        }
        var flags = Arrays.asList(words).subList(4, words.length);
        boolean isolated = flags.contains("isolated");
        var place = new Place(slot(words[1]), isolated, flags.contains("egress"), number(words[2]), number(words[3]));
        if (flags.size() != (place.isolated() ? 1 : 0) + (place.egress() ? 1 : 0)) {
            throw invalid();
        }
        return place;
    }
}
