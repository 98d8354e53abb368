package dev.mvm.image.config;

import static dev.mvm.image.Refusals.assertRefused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.image.ImageException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// An image's configuration in numbers.
final class GuestConfigTest {
    private static final String PASSWD =
            "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/srv:/bin/false\nbroken\nbad:x:a:b:::\n";
    private static final String GROUP = "root:x:0:\nwww:x:34:\nlog:x:4:other,web\nmail:x:8:web\nbad\n";
    private static final Accounts ACCOUNTS = new Accounts(PASSWD.getBytes(UTF_8), GROUP.getBytes(UTF_8));

    private static String image(String config) {
        return "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":" + config
                + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
    }

    private static String of(String config, Overrides overrides) throws ImageException {
        return new String(GuestConfig.of(ImageConfig.read(image(config).getBytes(UTF_8)), overrides, ACCOUNTS), UTF_8);
    }

    private static String of(String config) throws ImageException {
        return of(config, Overrides.NOTHING);
    }

    /// The whole file, byte by byte: guests read this format.
    @Test
    void everyMember_hasItsPlace() throws Exception {
        assertThat(of("{\"Entrypoint\":[\"/a\"],\"Cmd\":[\"b\",\"\"],\"Env\":[\"PATH=/x\",\"E=1=2\"],\"User\":\"web\","
                        + "\"WorkingDir\":\"/srv\",\"StopSignal\":\"SIGQUIT\",\"Healthcheck\":{\"Test\":[\"CMD-SHELL\","
                        + "\"true\"],\"Interval\":5000000000,\"Retries\":2}}"))
                .isEqualTo("{\"format\":\"mvm-guest-config-1\",\"argv\":[\"/a\",\"b\",\"\"],\"env\":[\"PATH=/x\","
                        + "\"HOME=/srv\",\"E=1=2\"],\"uid\":33,\"gid\":34,\"groups\":[4,8],\"cwd\":\"/srv\","
                        + "\"stop_signal\":3,\"health\":{\"argv\":[\"/bin/sh\",\"-c\",\"true\"],\"interval_ms\":5000,"
                        + "\"timeout_ms\":30000,\"start_period_ms\":0,\"retries\":2}}");
    }

    @Test
    void anEmptyConfiguration_getsDefaults() throws Exception {
        assertThat(of("{\"Cmd\":[\"sh\"],\"Env\":null}"))
                .isEqualTo("{\"format\":\"mvm-guest-config-1\",\"argv\":[\"sh\"],\"env\":[\"PATH=/usr/local/sbin:"
                        + "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\"HOME=/root\"],\"uid\":0,\"gid\":0,"
                        + "\"groups\":[],\"cwd\":\"/\",\"stop_signal\":15}");
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0, 0, '', /root",
        "web, 33, 34, '4,8', /srv",
        "33, 33, 34, '4,8', /srv",
        "web:www, 33, 34, '', /srv",
        "web:8, 33, 8, '', /srv",
        "7, 7, 0, '', /",
        "4294967294:7, 4294967294, 7, '', /",
        ":www, 0, 34, '', /root"
    })
    void users_becomeNumbers(String text, long uid, long gid, String groups, String home) throws Exception {
        var identity = ACCOUNTS.resolve(text);
        assertThat(identity.uid()).isEqualTo(uid);
        assertThat(identity.gid()).isEqualTo(gid);
        assertThat(String.join(
                        ",", identity.groups().stream().map(String::valueOf).toList()))
                .isEqualTo(groups);
        assertThat(identity.home()).isEqualTo(home);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody", "web:nogroup", "4294967295", "-1", "web:", "bad", "99999999999"})
    void unknownUsersAndGroups_areRefused(String text) {
        assertRefused("user_unknown", () -> ACCOUNTS.resolve(text));
    }

    @ParameterizedTest
    @CsvSource({"SIGTERM, 15", "term, 15", "9, 9", "SIGRTMIN, 34", "SIGRTMIN+3, 37", "RTMAX-1, 63", "SIGWINCH, 28"})
    void signals_becomeNumbers(String text, int number) throws Exception {
        assertThat(Signals.number(text)).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIGFOO", "0", "65", "-1", "SIGRTMIN+31", "SIGRTMAX-31", "SIGSIGTERM", "15 "})
    void unknownSignals_areRefused(String text) {
        assertRefused("signal_unknown", () -> Signals.number(text));
    }

    @Test
    void overrides_takeTheImagesPlace() throws Exception {
        var image = "{\"Entrypoint\":[\"/a\"],\"Cmd\":[\"b\"],\"Env\":[\"A=1\",\"B=1\"]}";
        assertThat(of(
                        image,
                        new Overrides(
                                Optional.empty(),
                                List.of("c"),
                                List.of("A=2"),
                                Optional.of("web"),
                                Optional.of("/t"),
                                Optional.of("/data"))))
                .contains("\"argv\":[\"/a\",\"c\"]", "\"A=2\",\"B=1\"", "\"uid\":33", "\"cwd\":\"/t\"")
                .endsWith(",\"volume\":\"/data\"}");
        assertThat(of(
                        image,
                        new Overrides(
                                Optional.of("/z"),
                                List.of(),
                                List.of(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty())))
                .contains("\"argv\":[\"/z\"]");
    }

    private static Overrides volume(String path) {
        return new Overrides(
                Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.of(path));
    }

    /// Of several places of an image none is guessed: data would be where nobody expects them.
    @ParameterizedTest
    @CsvSource({
        "'{\"/data\":{}}', '\"/data\"'",
        "'{\"/var/lib/db\":{}}', '\"/var/lib/db\"'",
        "'{\"/data\":{},\"/more\":{}}', ''",
        "'{}', ''",
        "'null', ''",
        "'{\"data\":{}}', ''",
        "'{\"/a/../b\":{}}', ''"
    })
    void volume_isTheImagesOnePlace(String volumes, String wanted) throws Exception {
        var config = of("{\"Cmd\":[\"a\"],\"Volumes\":" + volumes + "}");
        assertThat(config).endsWith(wanted.isEmpty() ? "\"stop_signal\":15}" : ",\"volume\":" + wanted + "}");
        assertThat(of("{\"Cmd\":[\"a\"],\"Volumes\":" + volumes + "}", volume("/own")))
                .endsWith(",\"volume\":\"/own\"}");
    }

    /// As the guest's first process takes it: docs/protocol/guest-init.md.
    @ParameterizedTest
    @ValueSource(strings = {"", "/", "data", "/a//b", "/a/", "/a/../b", "/.a", "/a\0b", "//a"})
    void placeThatGuestsRefuse_isRefused(String path) {
        assertRefused("config_invalid", () -> of("{\"Cmd\":[\"a\"]}", volume(path)));
        assertRefused("config_invalid", () -> of("{\"Cmd\":[\"a\"]}", volume("/" + "a".repeat(255))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Cmd\":[\"a\"],\"Env\":[\"A\"]}",
                "{\"Cmd\":[\"a\"],\"Env\":[\"=b\"]}",
                "{\"Cmd\":[\"a\\u0000b\"]}",
                "{\"Cmd\":[\"a\"],\"WorkingDir\":\"srv\"}",
                "{\"Cmd\":\"a\"}",
                "{\"Cmd\":[1]}",
                "{\"Cmd\":[\"a\"],\"User\":1}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"SHELL\"]}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD\"]}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"\",\"a\"]}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD-SHELL\"]}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\" \"]}}",
                "{\"Cmd\":[\"a\"],\"Shell\":[\"\"],\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"a\"]}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"],\"Interval\":-1}}",
                "{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"],\"Interval\":90000000000000000}}"
            })
    void nonsense_isRefused(String config) {
        assertRefused("config_invalid", () -> of(config));
    }

    @Test
    void noProgramTooMuchTextAndOtherSystems_areRefused() {
        assertRefused("no_program", () -> of("{}"));
        assertRefused("no_program", () -> of("{\"Entrypoint\":[\"\"],\"Cmd\":[\"a\"]}"));
        assertRefused("config_invalid", () -> of("{\"Cmd\":[\"" + "a".repeat(256 << 10) + "\"]}"));
        assertRefused(
                "platform_missing",
                () -> ImageConfig.read(image("{}").replace("amd64", "arm64").getBytes(UTF_8)));
        assertRefused(
                "platform_missing",
                () -> ImageConfig.read(image("{}")
                        .replace("amd64\"", "amd64\",\"variant\":\"v3\"")
                        .getBytes(UTF_8)));
    }

    @Test
    void aHealthCheckThatIsSwitchedOff_isAbsent() throws Exception {
        assertThat(of("{\"Cmd\":[\"a\"],\"Healthcheck\":{\"Test\":[\"NONE\"]}}"))
                .doesNotContain("health");
    }
}
