package dev.mvm.coordinator.store;

final class MemoryStoreTest extends StoreContract {
    @Override
    Store open() throws StoreException {
        return Stores.inMemory(clock);
    }

    @Override
    int modelCases() {
        return 1_500;
    }
}
