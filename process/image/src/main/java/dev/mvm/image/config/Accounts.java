package dev.mvm.image.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.image.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Users and groups of an image, passwd(5) and group(5), read while importing: a guest looks no name up.
public final class Accounts {
    /// A user of an image, in numbers.
    ///
    /// @param uid 0 to 4294967294
    /// @param gid of the same range
    /// @param groups supplementary groups, ascending
    /// @param home home directory; `/` if the image does not say
    public record Identity(long uid, long gid, List<Long> groups, String home) {}

    private static final String UNKNOWN = "user_unknown";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");
    private static final long MOST = 4_294_967_294L;

    private record User(String name, long uid, long gid, String home) {}

    private record Group(String name, long gid, List<String> members) {}

    private final List<User> users = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();

    /// Reads both files; an absent file is empty. Lines that are no entries are passed over, as libc does.
    public Accounts(byte[] passwd, byte[] group) {
        for (var line : new String(passwd, UTF_8).lines().toList()) {
            var parts = line.strip().split(":", -1);
            if (parts.length >= 6 && isNumber(parts[2]) && isNumber(parts[3])) {
                users.add(new User(parts[0], Long.parseLong(parts[2]), Long.parseLong(parts[3]), parts[5]));
            }
        }
        for (var line : new String(group, UTF_8).lines().toList()) {
            var parts = line.strip().split(":", -1);
            if (parts.length >= 4 && isNumber(parts[2])) {
                groups.add(new Group(parts[0], Long.parseLong(parts[2]), List.of(parts[3].split(",", -1))));
            }
        }
    }

    /// Resolves `USER` of a Dockerfile: empty for root, `name`, `number`, each perhaps with `:` and a group. A name
    /// without a group brings its supplementary groups along, and a named group none.
    ///
    /// @throws ImageException `user_unknown`
    public Identity resolve(String text) throws ImageException {
        int colon = text.indexOf(':');
        var userText = colon < 0 ? text : text.substring(0, colon);
        var user = user(userText.isEmpty() ? "0" : userText);
        var home = user.home.startsWith("/") ? user.home : "/";
        if (colon >= 0) {
            return new Identity(user.uid, gid(text.substring(colon + 1)), List.of(), home);
        }
        var supplementary = new TreeSet<Long>();
        for (var group : groups) {
            if (!user.name.isEmpty() && group.members.contains(user.name)) {
                supplementary.add(group.gid);
            }
        }
        supplementary.remove(user.gid);
        return new Identity(user.uid, user.gid, List.copyOf(supplementary), home);
    }

    private User user(String text) throws ImageException {
        var named = users.stream().filter(each -> each.name.equals(text)).findFirst();
        if (named.isPresent()) {
            return named.get();
        }
        long uid = number(text)
                .orElseThrow(() -> new ImageException(
                        UNKNOWN, "the image's /etc/passwd has no user " + ImageConfig.printable(text)));
        return users.stream().filter(each -> each.uid == uid).findFirst().orElse(new User("", uid, 0, "/"));
    }

    private long gid(String text) throws ImageException {
        var named = groups.stream().filter(each -> each.name.equals(text)).findFirst();
        if (named.isPresent()) {
            return named.get().gid;
        }
        return number(text)
                .orElseThrow(() -> new ImageException(
                        UNKNOWN, "the image's /etc/group has no group " + ImageConfig.printable(text)));
    }

    private static boolean isNumber(String text) {
        return number(text).isPresent();
    }

    private static Optional<Long> number(String text) {
        return NUMBER.matcher(text).matches() && Long.parseLong(text) <= MOST
                ? Optional.of(Long.parseLong(text))
                : Optional.empty();
    }
}
