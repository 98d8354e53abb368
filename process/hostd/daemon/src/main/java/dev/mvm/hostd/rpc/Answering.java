package dev.mvm.hostd.rpc;

import dev.mvm.hostd.host.Host;
import dev.mvm.hostd.host.Observer;
import dev.mvm.hostd.host.VmGuests;
import java.util.function.Consumer;

/// The parts of hostd that answer requests, and its log.
public record Answering(Host host, Observer observer, VmGuests guests, Consumer<String> log) {}
