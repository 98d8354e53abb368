# From sources to what runs: .dev/run, laid out as a package would install it.

RUN=$DEV/run
IMAGE=$DEV/image

# Succeeds if anything that goes into .dev/run is newer than it, or the JDK is another one.
stale() {
    [ -e "$RUN/built" ] || return 0
    [ "$(cat "$RUN/jdk" 2>/dev/null)" = "$(jdk_version "$JAVA_HOME")" ] || return 0
    [ -n "$(find foundation protocol process native packaging tools/dev.d pom.xml .mvn \
        \( -name target -o -path '*/src/test' -o -name .cifuzz-corpus \) -prune -o -type f -newer "$RUN/built" -print -quit)" ]
}

build() {
    stale || return 0
    local began
    began=$(mktemp -p "$DEV")
    step "building the C programs" build_native
    step "building the Java programs" build_java
    step "installing into .dev/run" install_run
    step "remembering what daemons load" train
    mv "$began" "$RUN/built" # as old as the beginning: what changed meanwhile is stale again
}

# What the jars were made of is not newer than this: sources, resources and poms. Steps of scenarios are none of these.
JAVA_BUILT=$DEV/java-built

java_is_built() {
    [ -e "$JAVA_BUILT" ] && [ -e process/cli/target/lib ] &&
        [ -z "$(find foundation protocol process verify tools/documents pom.xml .mvn -name target -prune -o \
            -type f \( -path '*/src/*' -o -name pom.xml -o -path '.mvn/*' \) -newer "$JAVA_BUILT" -print -quit)" ]
}

build_java() { java_is_built || with_maven -DskipTests package; }

# with_maven ARGUMENT...: that package all modules.
with_maven() {
    local began
    began=$(mktemp -p "$DEV")
    if ! mvn_here "$@"; then
        rm "$began"
        return 1
    fi
    mv "$began" "$JAVA_BUILT" # as old as the beginning: what changed meanwhile is newer
}

build_native() {
    local part
    for part in guest launch devinit; do
        make -C "native/$part" OUT="$DEV/native/$part" all
    done
}

# modules: the folders of all modules, as the parent pom lists them.
modules() { sed -n 's|^ *<module>\(.*\)</module>$|\1|p' pom.xml; }

# module_of ARTIFACT: the folder of the module that makes it.
module_of() {
    local poms pom
    mapfile -t poms < <(modules | sed 's|$|/pom.xml|')
    pom=$(grep -lx "  <artifactId>$1</artifactId>" "${poms[@]}") || die "no module makes $1"
    dirname "$pom"
}

# install_jars PROCESS: its own jar and those it needs, in one folder.
install_jars() {
    local into=$RUN/lib/$1 module
    module=$(module_of "mvm-$1")
    rm -rf "$into"
    mkdir -p "$into"
    cp "$module/target/lib/"*.jar "$into/"
    cp "$module/target/mvm-$1-"[0-9].*[0-9].jar "$into/"
}

install_run() {
    local process
    mkdir -p "$RUN/bin" "$RUN/lib"
    for process in hostd-qemu netd guestd sealer agentd coordinator keyd cli; do
        install_jars "$process"
    done
    # replaced by rename: what runs from the old file goes on
    install_program "$DEV/native/launch/mvm-launch-dev"
    install_program "$DEV/native/devinit/mvm-devinit"
    rm -f "$RUN"/{cli,hostd,netd,guestd,sealer,keyd}.aot
    sed "s|^-cp .*|-cp \"$(class_path cli)\"|" packaging/debian/cli/options >"$RUN/cli.options"
    jdk_version "$JAVA_HOME" >"$RUN/jdk"
    # last: with it the mvm command takes this for installed
    printf '%s\n' "$JAVA_HOME/bin/java" >"$RUN/java"
}

install_program() {
    cp "$1" "$RUN/bin/.new"
    mv "$RUN/bin/.new" "$RUN/bin/$(basename "$1")"
}

# class_path PROCESS: in a fixed order, as an AOT cache demands.
class_path() {
    local jars=("$RUN/lib/$1/"*.jar)
    local IFS=:
    printf '%s\n' "${jars[*]}"
}

build_image() {
    local kernel
    if [ -e "$IMAGE/digests" ] &&
        [ -z "$(find packaging/guest-image "$DEV/native/guest/mvm-guest" -newer "$IMAGE/digests" -print -quit)" ]; then
        return 0
    fi
    step "fetching Debian's cloud kernel" packaging/guest-image/fetch-kernel "$DEV/kernel"
    kernel=$(packaging/guest-image/fetch-kernel "$DEV/kernel")
    step "building the demo image" write_image "$kernel"
}

write_image() {
    packaging/guest-image/build "$1" /usr/bin/busybox "$DEV/native/guest/mvm-guest" "$IMAGE" >"$DEV/digests.new"
    mv "$DEV/digests.new" "$IMAGE/digests"
}

# What runs images: native/init and what it is packed with.
RUNTIME_INPUTS=(OUT="$DEV/native/init" KERNEL="$DEV/kernel/unpacked" AGENT="$DEV/native/guest/mvm-guest")
# shellcheck disable=SC2034 # other parts read it
RUNTIME=$DEV/native/init/runtime-volume.cpio

# build_runtime: after build_image, which fetches the kernel.
build_runtime() {
    make -q -C native/init "${RUNTIME_INPUTS[@]}" runtime ||
        step "building the initramfs that runs images" make -C native/init "${RUNTIME_INPUTS[@]}" runtime
}

# image_digest kernel|rootfs
image_digest() { sed -n "s/^$1 //p" "$IMAGE/digests"; }
