package dev.mvm.protocol.guest;

/// Told what a guest says on its own account. All calls come from the channel's reader thread, one at a time, possibly
/// before [GuestChannel#open] has returned; none comes if that fails. While a call lasts, nothing more of this guest is
/// read, so a call must not wait for an answer of the guest. What it throws closes the channel.
public interface ChannelListener {
    /// The guest is ready. At most once.
    void ready();

    /// A worker has said something else than before.
    void hook(HookWord word);

    /// The channel is over. The last call.
    void closed(EndReason reason);
}
