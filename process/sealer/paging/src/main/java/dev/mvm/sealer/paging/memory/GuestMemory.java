package dev.mvm.sealer.paging.memory;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.sealer.paging.PagingException;
import dev.mvm.sealer.paging.PagingReason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Addresses of the pages of one guest in its VMM, by the VMM's message: every page exactly once. Pages are
/// numbered as in a snapshot.
///
/// Firecracker's message is an array of regions, `src/vmm/src/persist.rs`, `GuestRegionUffdMapping`. Its
/// `page_size_kib` is deprecated and holds bytes.
public final class GuestMemory {
    /// Bytes.
    public static final int PAGE = 4096;

    /// Firecracker has one region below the hole for devices and one above it, and another for each memory device.
    static final int MOST_REGIONS = 16;

    /// Sixteen regions with the largest numbers need half of it.
    static final int MOST_BYTES = 4096;

    private static final JsonLimits LIMITS = new JsonLimits(MOST_BYTES, 2, 32, true);
    private static final long USER_SPACE = 1L << 47; // asm/page_64_types.h, TASK_SIZE_MAX with four levels

    private final List<Region> regions; // in the order of their offsets, without gaps
    private final int pages;

    private GuestMemory(List<Region> regions, int pages) {
        this.regions = regions;
        this.pages = pages;
    }

    /// Reads the VMM's message.
    ///
    /// @param memoryBytes size of the guest's memory: whole pages, fewer than 2^31
    /// @throws PagingException `message`, `regions`
    public static GuestMemory parse(byte[] message, long memoryBytes) throws PagingException {
        if (memoryBytes <= 0 || memoryBytes % PAGE != 0 || memoryBytes / PAGE > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not the size of a guest's memory: " + memoryBytes);
        }
        try {
            if (!(Json.parse(message, LIMITS) instanceof Json.Arr(var items))) {
                throw new JsonException("not an array");
            }
            if (items.isEmpty() || items.size() > MOST_REGIONS) {
                throw new PagingException(PagingReason.REGIONS, items.size() + " of them");
            }
            var regions = new ArrayList<Region>();
            for (var item : items) {
                regions.add(region(item, memoryBytes));
            }
            check(regions, memoryBytes);
            return new GuestMemory(List.copyOf(regions), (int) (memoryBytes / PAGE));
        } catch (JsonException e) {
            throw new PagingException(PagingReason.MESSAGE, e.getMessage());
        }
    }

    private static Region region(Json item, long memoryBytes) throws JsonException, PagingException {
        if (!(item instanceof Json.Obj object)) {
            throw new JsonException("a region that is not an object");
        }
        var fields = object.fields();
        long address = fields.integer("base_host_virt_addr", PAGE, USER_SPACE - PAGE);
        long bytes = fields.integer("size", PAGE, memoryBytes);
        long offset = fields.integer("offset", 0, memoryBytes - PAGE);
        var _ = fields.integer("page_size", PAGE, PAGE);
        if (fields.optional("page_size_kib")
                .filter(size -> !size.equals(Json.of(PAGE)))
                .isPresent()) {
            throw new JsonException("field 'page_size_kib' is not " + PAGE);
        }
        fields.end();
        if ((address | bytes | offset) % PAGE != 0) {
            throw new PagingException(PagingReason.REGIONS, "not of whole pages");
        }
        if (bytes > USER_SPACE - address) {
            throw new PagingException(PagingReason.REGIONS, "beyond all memory");
        }
        return new Region(address, bytes, offset);
    }

    private static void check(List<Region> regions, long memoryBytes) throws PagingException {
        regions.sort(Comparator.comparingLong(Region::address));
        for (int i = 1; i < regions.size(); i++) {
            if (regions.get(i).address() < regions.get(i - 1).end()) {
                throw new PagingException(PagingReason.REGIONS, "one over another");
            }
        }
        regions.sort(Comparator.comparingLong(Region::offset));
        long next = 0;
        for (var region : regions) {
            if (region.offset() != next) {
                throw new PagingException(PagingReason.REGIONS, "not every page once");
            }
            next += region.bytes();
        }
        if (next != memoryBytes) {
            throw new PagingException(PagingReason.REGIONS, next + " bytes instead of " + memoryBytes);
        }
    }

    /// Number of the guest's pages.
    public int pages() {
        return pages;
    }

    List<Region> regions() {
        return regions;
    }

    /// Number of the page at `address`, or -1 if the address is outside of the guest.
    int page(long address) {
        for (var region : regions) {
            if (address >= region.address() && address < region.end()) {
                return (int) ((region.offset() + address - region.address()) / PAGE);
            }
        }
        return -1;
    }

    /// Address of page `number` in the VMM.
    long address(int number) {
        var region = of(number);
        return region.address() + (long) number * PAGE - region.offset();
    }

    /// Number of the page after the region of page `number`: up to there, pages are adjacent in the VMM, too.
    int end(int number) {
        var region = of(number);
        return (int) ((region.offset() + region.bytes()) / PAGE);
    }

    private Region of(int number) {
        long offset = (long) number * PAGE;
        for (var region : regions) {
            if (offset >= region.offset() && offset - region.offset() < region.bytes()) {
                return region;
            }
        }
        throw new IndexOutOfBoundsException(number);
    }
}
