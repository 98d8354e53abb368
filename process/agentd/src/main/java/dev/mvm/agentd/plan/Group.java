package dev.mvm.agentd.plan;

import dev.mvm.model.PoolAddress;
import dev.mvm.protocol.hostd.Observation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The instances of one pool within a list that has the instances of each pool side by side.
///
/// @param begin index of the first
/// @param end index after the last
/// @param running number of running instances
/// @param warm number of warm instances
record Group(PoolAddress pool, int begin, int end, int running, int warm) {
    /// The groups of `instances`; empty if the list is not in the order of pools. Each instance is read once, so
    /// that a million of them cost no more than their memory accesses.
    static Optional<List<Group>> all(List<Observation.Instance> instances) {
        var out = new ArrayList<Group>();
        for (int begin = 0; begin < instances.size(); begin = out.getLast().end) {
            var group = at(begin, instances);
            if (!out.isEmpty() && out.getLast().pool.compareTo(group.pool) >= 0) {
                return Optional.empty();
            }
            out.add(group);
        }
        return Optional.of(out);
    }

    private static Group at(int begin, List<Observation.Instance> instances) {
        var first = instances.get(begin).address();
        int running = 0;
        int warm = 0;
        int at = begin;
        while (at < instances.size()) {
            var instance = instances.get(at);
            var address = instance.address();
            if (!address.tenant().equals(first.tenant()) || !address.pool().equals(first.pool())) {
                break;
            }
            switch (instance.state()) {
                case RUNNING -> running++;
                case WARM -> warm++;
                case CREATED, READY, SLEEPING, STOPPED, DESTROYED -> {}
            }
            at++;
        }
        return new Group(first.poolAddress(), begin, at, running, warm);
    }

    /// The group of a pool without instances.
    static Group none(PoolAddress pool) {
        return new Group(pool, 0, 0, 0, 0);
    }

    List<Observation.Instance> in(List<Observation.Instance> instances) {
        return instances.subList(begin, end);
    }
}
