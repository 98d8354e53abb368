package dev.mvm.agentd.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.model.TenantId;
import org.junit.jupiter.api.Test;

final class PlacesTest {
    private final Places places = new Places(4);

    private static TenantId tenant(int i) {
        return new TenantId("t" + i);
    }

    /// Takes a place on another thread, and returns when that has it or waits.
    private Thread begin(TenantId tenant) {
        int waiting = places.waiting();
        var thread = Thread.ofVirtual().start(() -> {
            try {
                places.take(tenant);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        while (thread.isAlive() && places.waiting() == waiting) {
            Thread.onSpinWait();
        }
        return thread;
    }

    @Test
    void firstStepOfATenant_takesNoneOfTheSharedPlaces() throws Exception {
        for (int i = 0; i < 20; i++) {
            places.take(tenant(i));
        }
        for (int i = 0; i < 3; i++) {
            places.take(tenant(0));
        }
        var fifth = begin(tenant(0));
        var another = begin(tenant(1));
        assertThat(places.waiting()).isEqualTo(2);
        places.take(tenant(20));
        places.giveBack(tenant(20));
        assertThat(places.waiting()).as("an own place helps nobody else").isEqualTo(2);
        places.giveBack(tenant(0));
        while (places.waiting() == 2) {
            Thread.onSpinWait();
        }
        assertThat(places.waiting()).isEqualTo(1);
        places.giveBack(tenant(0));
        fifth.join();
        another.join();
        assertThat(places.waiting()).isZero();
    }

    /// So observations, pings and verbs find a connection to hostd.
    @Test
    void tenantsWithSteps_areNoMoreThanHostdHasRoomFor() throws Exception {
        for (int i = 0; i < Places.OWN; i++) {
            places.take(tenant(i));
        }
        var late = begin(tenant(Places.OWN));
        assertThat(places.waiting()).isEqualTo(1);
        places.giveBack(tenant(7));
        late.join();
        assertThat(places.waiting()).isZero();
    }
}
