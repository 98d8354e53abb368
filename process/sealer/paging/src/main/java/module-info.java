/// Moves a guest's memory and its VMM's state out of the VMM at sleep and back in at wake, without a plaintext
/// file: by a file system whose writes and reads end here, and by memory whose missing pages come from here. The
/// caller encrypts and decrypts the bytes; hostd does not load this module.
///
/// The VMM is hostile. It reaches only one directory with two names, one JSON message, and messages that the
/// kernel makes of its page faults. Each is checked, and an operation that is not allowed ends the exchange with a
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
