# What has to be there before anything is built: Debian packages, a JDK 25, the Maven this project is built with.

MAVEN_VERSION=3.9.16

PACKAGES_BUILD="gcc libc6-dev make maven cpio zstd xz-utils"
PACKAGES_RUN="qemu-system-x86 busybox-static libnftables1 libseccomp2 libssl3t64 uidmap kmod util-linux"
PACKAGES_TEST="lintian unzip binutils iproute2 nftables shellcheck socat openssl python3 softhsm2 opensc"
PACKAGES_NODE="mmdebstrap uidmap e2fsprogs qemu-system-x86 busybox-static kmod python3 gcc libc6-dev make zstd xz-utils util-linux"

need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    command -v apt-get >/dev/null || die "mvm is built on Debian 13; this system has no apt-get"
    step "installing ${#missing[@]} Debian packages" install_packages "${missing[@]}"
}

install_packages() {
    # lists may be empty on a fresh machine, or older than the mirror
    in_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -q
    in_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

is_jdk_25() { [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25[".]' "$1/release" 2>/dev/null; }

find_jdk() {
    local candidate
    for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/java-25-openjdk-* /usr/lib/jvm/*; do
        if [ -n "$candidate" ] && is_jdk_25 "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

need_jdk() {
    find_jdk >/dev/null || need_packages openjdk-25-jdk-headless
    JAVA_HOME=$(find_jdk) || die "no JDK 25 found after installing openjdk-25-jdk-headless"
    export JAVA_HOME
}

need_maven() {
    MVN=$DEV/tools/apache-maven-$MAVEN_VERSION/bin/mvn
    [ -x "$MVN" ] || step "fetching Maven $MAVEN_VERSION" fetch_maven
}

# Debian's own Maven fetches it, so that it comes from wherever Maven on this machine is set up to look.
fetch_maven() {
    local dir=$DEV/tools
    mkdir -p "$dir"
    cd "$dir" # where there is no project whose dependencies it would look for
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
        "-Dartifact=org.apache.maven:apache-maven:$MAVEN_VERSION:tar.gz:bin" "-DoutputDirectory=$dir"
    tar -xzf "$dir/apache-maven-$MAVEN_VERSION-bin.tar.gz" -C "$dir"
    rm "$dir/apache-maven-$MAVEN_VERSION-bin.tar.gz"
}

mvn_here() { "$MVN" -q -B -f "$ROOT/pom.xml" "$@"; }

need_build_tools() {
    # shellcheck disable=SC2086 # lists of words
    need_packages $PACKAGES_BUILD "$@"
    need_jdk
    need_maven
}
