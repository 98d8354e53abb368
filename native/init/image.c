// The image, its writable layer and the data volume, where process 1 sees them: at folders of the archive.
#include "init.h"

#define IMAGE "/image"
#define WRITABLE "/writable"
#define ROOT "/root"
#define MKE2FS "/usr/sbin/mke2fs"
// Debian's kernel follows redirects by default, which a writable layer could aim anywhere in the image.
#define OPTIONS "redirect_dir=nofollow,metacopy=off,index=off,xino=off"

// A root that is read-only has a layer of its own as well, for the files and folders that every guest gets.
static void mount_writable(const struct boot *b) {
    char options[64] = "mode=755,size=25%";
    struct stat root;
    if (b->writable_mib != UINT32_MAX)
        snprintf(options, sizeof options, "mode=755,size=%um", b->writable_mib ? b->writable_mib : 1);
    if (mount("tmpfs", WRITABLE, "tmpfs", MS_NODEV, options))
        fail("mount_failed", NOT_STARTED, WRITABLE, errno);
    // the root has owner and mode of its upper layer
    if (mkdir(WRITABLE "/work", 0755) || mkdir(WRITABLE "/upper", 0755) || stat(IMAGE, &root) ||
        chown(WRITABLE "/upper", root.st_uid, root.st_gid) || chmod(WRITABLE "/upper", root.st_mode & 07777))
        fail("mount_failed", NOT_STARTED, WRITABLE "/upper", errno);
}

void image_mount(const struct boot *b) {
    if (mount("/dev/dm-0", IMAGE, "erofs", MS_RDONLY | MS_NODEV, NULL))
        fail("image_invalid", NOT_STARTED, IMAGE, errno);
    mount_writable(b);
    if (mount("overlay", ROOT, "overlay", MS_NODEV,
              "lowerdir=" IMAGE ",upperdir=" WRITABLE "/upper,workdir=" WRITABLE "/work," OPTIONS))
        fail("mount_failed", NOT_STARTED, ROOT, errno);
}

// A volume that begins with a MiB of zeros has never been used: nothing of a tenant's does.
static bool is_new(const char *disk) {
    static char bytes[1 << 20];
    int file = open(disk, O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, bytes, sizeof bytes) != sizeof bytes)
        fail("volume_invalid", NOT_STARTED, disk, errno);
    close(file);
    return *bytes == 0 && memcmp(bytes, bytes + 1, sizeof bytes - 1) == 0;
}

// Its first folder belongs to the program's user, who has to write there.
static void format(const char *disk, const struct config *c) {
    char options[64];
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        snprintf(options, sizeof options, "nodiscard,root_owner=%u:%u", c->uid, c->gid);
        execl(MKE2FS, MKE2FS, "-q", "-t", "ext4", "-m", "0", "-E", options, disk, (char *)NULL);
        _exit(1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        fail("volume_unformatted", NOT_STARTED, disk, 0);
}

// An image that does not say where a volume belongs gets none: its program would write beside it, into memory.
void volume_mount(const struct boot *b, const struct config *c) {
    char disk[16];
    if (!*b->volume_disk)
        return;
    snprintf(disk, sizeof disk, "/dev/%s", b->volume_disk);
    if (!c->volume)
        fail("volume_unplaced", NOT_STARTED, disk, 0);
    if (is_new(disk))
        format(disk, c);
    if (mount(disk, "/volume", "ext4", MS_NODEV | MS_NOSUID, NULL))
        fail("volume_invalid", NOT_STARTED, disk, errno);
}
