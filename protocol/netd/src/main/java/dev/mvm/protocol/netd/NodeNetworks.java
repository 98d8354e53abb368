package dev.mvm.protocol.netd;

import dev.mvm.model.InterfaceName;
import dev.mvm.model.TenantNet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// All that a node's networks follow from.
///
/// @param uplink the interface by which guests may reach the world, if there is one
/// @param networks those of the state in force, one for each tenant
/// @param places one for each instance that hostd has
public record NodeNetworks(Optional<InterfaceName> uplink, List<TenantNet> networks, List<Place> places) {
    public NodeNetworks {
        networks = List.copyOf(networks);
        places = List.copyOf(places);
    }

    /// Returns the text of it, a line for each part.
    String lines() {
        var above = uplink.map(name -> "uplink " + name + "\n").orElse("");
        var nets = networks.stream().map(each -> "network " + each.net() + " " + each.subnet() + "\n");
        var all = places.stream().map(Place::line);
        return above + nets.collect(Collectors.joining()) + all.collect(Collectors.joining());
    }
}
