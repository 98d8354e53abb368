// Guest memory, KVM's view of it, and the threads of the virtual processors. No guest code runs in KVM: the first
// processor's thread is the guest.
#define _GNU_SOURCE
#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define GAP 0xc0000000ul // where devices are
#define GAP_END 0x100000000ul

struct region regions[2];
size_t region_count;
bool without_kvm;

static uint8_t *dirty; // a byte a page
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool running, fresh;
static unsigned parked, vcpu_count;

void memory_layout(uint64_t size) {
    regions[0] = (struct region){.size = size < GAP ? size : GAP};
    regions[1] = (struct region){.size = size - regions[0].size, .address = GAP_END};
    region_count = regions[1].size > 0 ? 2 : 1;
}

bool memory_map(int file) {
    uint64_t offset = 0;
    for (struct region *r = regions; r < regions + region_count; offset += r++->size) {
        r->host =
            mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0),
                 file, file < 0 ? 0 : (off_t)offset);
        if (r->host == MAP_FAILED)
            return false;
    }
    free(dirty);
    return (dirty = calloc(offset / PAGE, 1)) != NULL;
}

static uint64_t page_number(uint64_t address) {
    return (address < GAP_END ? address : address - GAP_END + regions[0].size) / PAGE;
}

void memory_touched(uint64_t address, uint64_t length) {
    for (uint64_t page = page_number(address); page <= page_number(address + length - 1); page++)
        dirty[page] = 1;
}

bool memory_is_dirty(uint64_t page) {
    return dirty[page];
}

void memory_clean(void) {
    memset(dirty, 0, (regions[0].size + regions[1].size) / PAGE);
}

const char *kvm_create(void) {
    const struct json *machine = json_get(config, "machine-config");
    if (without_kvm)
        return NULL;
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;
    if (kvm < 0)
        return print("Kvm error: Error creating KVM object: %s Make sure the user launching the firecracker process is "
                     "configured on the /dev/kvm file's ACL.",
                     os_error(errno));
    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return print("Kvm error: The host kernel reports an invalid KVM API version: %d",
                     ioctl(kvm, KVM_GET_API_VERSION, 0));
    if ((vm = ioctl(kvm, KVM_CREATE_VM, 0)) < 0 || ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul))
        return print("Error with the KvmVm object: Cannot open the VM file descriptor: %s", os_error(errno));
    for (uint32_t i = 0; i < region_count; i++) {
        struct kvm_userspace_memory_region slot = {
            .slot = i,
            .flags = json_flag(machine, "track_dirty_pages") ? KVM_MEM_LOG_DIRTY_PAGES : 0,
            .guest_phys_addr = regions[i].address,
            .memory_size = regions[i].size,
            .userspace_addr = (uintptr_t)regions[i].host};
        if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
            return print("Error with the KvmVm object: Cannot set the memory regions: %s", os_error(errno));
    }
    if (ioctl(vm, KVM_CREATE_IRQCHIP, 0))
        return print("Error with the KvmVm object: Failed to create the IRQ chip: %s", os_error(errno));
    for (uint64_t i = 0; i < json_number(machine, "vcpu_count"); i++) {
        if (ioctl(vm, KVM_CREATE_VCPU, i) < 0)
            return print("Error with the KvmVm object: Error creating vcpu: %s", os_error(errno));
    }
    return NULL;
}

static bool is_running(void) {
    pthread_mutex_lock(&lock);
    bool out = running;
    pthread_mutex_unlock(&lock);
    return out;
}

static void park(void) {
    pthread_mutex_lock(&lock);
    parked++;
    pthread_cond_broadcast(&changed);
    while (!running)
        pthread_cond_wait(&changed, &lock);
    parked--;
    pthread_mutex_unlock(&lock);
}

static void *vcpu(void *argument) {
    uintptr_t number = (uintptr_t)argument;
    char name[16];
    snprintf(name, sizeof name, "fc_vcpu %u", (unsigned)number);
    log_thread(name);
    for (bool entered = false;;) {
        park();
        if (number == 0 && !entered)
            guest_enter(!fresh), entered = true;
        while (number == 0 && is_running())
            guest_turn();
        if (number > 0) { // idle for ever
            pthread_mutex_lock(&lock);
            while (running)
                pthread_cond_wait(&changed, &lock);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}

void vm_threads(unsigned vcpus, bool restored) {
    pthread_t thread;
    fresh = !restored, vcpu_count = vcpus;
    for (uintptr_t i = 0; i < vcpus; i++) {
        if (pthread_create(&thread, NULL, vcpu, (void *)i))
            fault("Start microvm error: Internal error while starting microVM: Cannot create vCPU threads");
        pthread_detach(thread);
    }
}

// Waits until each processor has left the guest. As in the real Firecracker, a processor that waits for a page of
// memory does not leave it.
void vm_pause(void) {
    pthread_mutex_lock(&lock);
    running = false;
    pthread_cond_broadcast(&changed);
    vm_kick();
    while (parked < vcpu_count)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

void vm_resume(void) {
    pthread_mutex_lock(&lock);
    running = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}
