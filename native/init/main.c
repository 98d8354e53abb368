// mvm-init: from the kernel's start to the image's program, in the order of need.
#include "init.h"

int main(void) {
    static struct boot boot;
    static struct config config;
    struct started program;
    if (getpid() != 1) {
        dprintf(STDERR_FILENO, "mvm-init: not the first process\n");
        return 2;
    }
    signals_block();
    machine_mount();
    machine_command_line(&boot);
    machine_load_modules();
    verity_open(&boot);
    image_mount(&boot);
    config_read("/image/.mvm/config", &config);
    machine_name(&boot);
    volume_mount(&boot, &config);
    program_start(&boot, &config, &program);
    dprintf(STDOUT_FILENO, "mvm-init: started %s\n", boot.id);
    watch(&boot, &config, &program);
}
