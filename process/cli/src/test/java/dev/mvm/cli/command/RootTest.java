package dev.mvm.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.cli.terminal.Output;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class RootTest {
    private static final Context CONTEXT = new Context(new Output(System.out, false), Path.of("/nonexistent"));

    private static final String[] NOUNS = {
        "run",
        "instance",
        "pool",
        "tenant",
        "grant",
        "tombstone",
        "trust",
        "signing-key",
        "tenant-key",
        "net",
        "operator",
        "audit",
        "events",
        "witness",
        "node",
        "measurements",
        "image",
        "revision",
        "agent",
        "doctor",
        "help"
    };

    @Test
    void everyNoun_isMadeAloneAndWhole() {
        var whole = Root.whole(CONTEXT).getSubcommands();
        for (var noun : whole.keySet()) {
            if (!noun.equals("help")) {
                var alone = Root.of(CONTEXT, noun, "list").getSubcommands();
                assertThat(alone).containsOnlyKeys(noun);
                assertThat(verbs(alone.get(noun))).isEqualTo(verbs(whole.get(noun)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "help", "--help", "-V", "no-such-noun", "--no-such-flag"})
    void anythingElse_hasAllNouns(String first) {
        assertThat(Root.of(CONTEXT, first).getSubcommands()).containsOnlyKeys(NOUNS);
    }

    @Test
    void noArgument_hasAllNouns() {
        assertThat(Root.of(CONTEXT).getSubcommands()).containsOnlyKeys(NOUNS);
    }

    @Test
    void formerNouns_areReplaced_whereANounStands() {
        assertThat(Root.current("key", "show", "key")).containsExactly("signing-key", "show", "key");
        assertThat(Root.current("keys", "list")).containsExactly("tenant-key", "list");
        assertThat(Root.current("help", "keys")).containsExactly("help", "tenant-key");
        assertThat(Root.current("pool", "keys")).containsExactly("pool", "keys");
        assertThat(Root.current("help")).containsExactly("help");
        assertThat(Root.current()).isEmpty();
    }

    private static java.util.Set<String> verbs(CommandLine noun) {
        return noun.getSubcommands().keySet();
    }
}
