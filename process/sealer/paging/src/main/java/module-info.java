/// How a guest's memory and its VMM's state get out of the VMM at sleep and back in at wake, without a plaintext file:
/// a file system whose writes and reads end here, and memory whose missing pages are brought from here. What happens to
/// the bytes is the caller's business; root does not load this.
///
/// The VMM is hostile. What it can reach is one directory with two names, one JSON message, and messages that the
/// kernel makes of its page faults; each is checked, and what it may not do ends the conversation with a
/// [dev.mvm.sealer.paging.PagingReason].
///
/// Threads block in the kernel: use platform threads.
@SuppressWarnings("module") // the module named below is built after this one
module dev.mvm.sealer.paging {
    requires static transitive org.jspecify;
    requires static transitive com.google.errorprone.annotations;
    requires transitive dev.mvm.linux;
    requires dev.mvm.json;

    exports dev.mvm.sealer.paging to
            dev.mvm.sealer;
    exports dev.mvm.sealer.paging.fuse to
            dev.mvm.sealer;
    exports dev.mvm.sealer.paging.memory to
            dev.mvm.sealer;
}
