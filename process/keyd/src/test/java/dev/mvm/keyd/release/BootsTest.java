package dev.mvm.keyd.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.authoring.BootId;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Attacks with a node's identity in two boots.
final class BootsTest extends ReleaseAttack {
    BootsTest(@TempDir Path folder) throws Exception {
        super(folder);
    }

    @Test
    @Tag("claim-K4")
    void retiredBoot_isAnAlarm_andStopsTheNode_untilOperatorsAdmitOne() throws Exception {
        try (var second = new KeydFleet.Boot(2);
                var third = new KeydFleet.Boot(3)) {
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
            assertThat(fleet.records("").getLast()).contains("\"result\":\"alarm\"", "boot_retired");
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
            refused("boot_retired", fleet.seal(Ceremony.NODE, third, first()));
            fleet.open();
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(second.id)));
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
        }
    }

    @Test
    @Tag("claim-K4")
    void retiredBoot_comesBackByNoWord() throws Exception {
        try (var second = new KeydFleet.Boot(2)) {
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(boot.id)));
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
        }
    }

    @Test
    @Tag("claim-K4")
    void admissionFromBeforeTheAlarm_doesNotEndIt() throws Exception {
        try (var second = new KeydFleet.Boot(2)) {
            fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.GO, new BootId(second.id)));
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
            assertThat(fleet.seal(Ceremony.NODE, second, first())).isInstanceOf(KeydReply.Sealed.class);
            refused("boot_retired", fleet.seal(Ceremony.NODE, boot, first()));
            refused("boot_retired", fleet.seal(Ceremony.NODE, second, first()));
        }
    }

    /// A limit: a boot is what the holder of the identity key says, and a copy of the disk has it. Only a
    /// TPM's quote tells the two machines apart.
    @Test
    void copyThatStatesTheBootThatIsServed_isServedToo_andThatIsNoAlarm() throws Exception {
        fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.HOLD, new BootId(boot.id)));
        try (var copy = new KeydFleet.Boot(1)) {
            for (var machine : List.of(boot, copy, boot, copy)) {
                assertThat(fleet.seal(Ceremony.NODE, machine, first())).isInstanceOf(KeydReply.Sealed.class);
            }
        }
        assertThat(fleet.records("")).noneMatch(record -> record.contains("\"result\":\"alarm\""));
    }

    @Test
    @Tag("claim-K4")
    void nodeThatHolds_waitsForTheWordAtEachBoot() throws Exception {
        fleet.publish(fleet.node(Ceremony.NODE, 2, Reboot.HOLD));
        refused("boot_not_admitted", fleet.seal(Ceremony.NODE, boot, first()));
        fleet.publish(fleet.node(Ceremony.NODE, 3, Reboot.HOLD, new BootId(boot.id)));
        assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        try (var second = new KeydFleet.Boot(2)) {
            refused("boot_not_admitted", fleet.seal(Ceremony.NODE, second, first()));
            // which retires nothing
            assertThat(fleet.seal(Ceremony.NODE, boot, first())).isInstanceOf(KeydReply.Sealed.class);
        }
    }
}
