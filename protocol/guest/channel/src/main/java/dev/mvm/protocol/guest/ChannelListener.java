package dev.mvm.protocol.guest;

/// Receives a guest's reports about itself. All calls come from the channel's reader thread, one at a time, possibly
/// before [GuestChannel#open] has returned; none comes if that fails. During a call nothing more of this guest is
/// read, so a call must not wait for an answer of the guest. An exception from a call closes the channel.
public interface ChannelListener {
    /// The guest is ready. Called at most once.
    void ready();

    /// A worker has reported another word than before.
    void hook(HookWord word);

    /// The channel has ended. This is the last call.
    void closed(EndReason reason);
}
