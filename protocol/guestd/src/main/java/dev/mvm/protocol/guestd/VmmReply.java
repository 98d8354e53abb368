package dev.mvm.protocol.guestd;

/// A guestd's reply to a [VmmCommand].
public enum VmmReply {
    /// The VMM did what the command says.
    DONE(Report.Word.DONE),
    /// The VMM refused, broke the protocol of its API, or did not answer in time.
    FAILED(Report.Word.FAILED),
    /// The guest runs: a reply to [VmmCommand.State].
    RUNNING(Report.Word.RUNNING),
    /// The guest is paused: a reply to [VmmCommand.State].
    PAUSED(Report.Word.PAUSED),
    /// The VMM has another version than the command names, and was told nothing.
    OTHER_VERSION(Report.Word.OTHER_VERSION);

    private final Report.Word word;

    VmmReply(Report.Word word) {
        this.word = word;
    }

    /// Returns the reply's word in packets.
    public Report.Word word() {
        return word;
    }

    /// Returns the reply that `word` stands for: [#FAILED] for a word that answers no command.
    public static VmmReply of(Report.Word word) {
        for (var reply : values()) {
            if (reply.word == word) {
                return reply;
            }
        }
        return FAILED;
    }
}
