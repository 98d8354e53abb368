# What has to be there before anything is built: Debian packages, a JDK 25, the Maven this project is built with.

MAVEN_VERSION=3.9.16

# The Java that the packages depend on is the Java that builds and tests them, whatever else is installed.
JDK_PACKAGE=openjdk-25-jdk-headless
PACKAGES_BUILD="gcc libc6-dev make maven cpio zstd xz-utils $JDK_PACKAGE"
PACKAGES_RUN="qemu-system-x86 busybox-static e2fsprogs libcryptsetup12 libnftables1 libseccomp2 libssl3t64 uidmap kmod procps util-linux"
PACKAGES_TEST="lintian unzip binutils iproute2 nftables shellcheck socat stunnel4 openssl python3 softhsm2 opensc swtpm ovmf skopeo umoci erofs-utils cryptsetup-bin bubblewrap e2fsprogs"
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

update_lists() { in_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 update -q; }

install_packages() {
    update_lists # they may be empty on a fresh machine, or older than the mirror
    in_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

# Where Debian puts JDKs.
JDKS=/usr/lib/jvm

is_jdk_25() { [ -x "$1/bin/javac" ] && grep -q '^JAVA_VERSION="25[".]' "$1/release" 2>/dev/null; }

# jdk_version JDK: as `java -version` names it, for instance 25.0.5+8-1-deb13u1-Debian.
jdk_version() { sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$1/release"; }

# Debian's JDK 25. JAVA_HOME is not asked: what the packages run on counts.
debian_jdk() {
    local jdk
    jdk=$JDKS/java-25-openjdk-$(dpkg --print-architecture)
    is_jdk_25 "$jdk" && printf '%s\n' "$jdk"
}

# another_jdk JAVA_HOME: a JDK 25 that is not Debian's, the one that JAVA_HOME names first. Fails if there is no other.
another_jdk() {
    local candidate debian
    debian=$(readlink -f "$(debian_jdk)")
    for candidate in "$1" "$JDKS"/*; do
        if [ -n "$candidate" ] && is_jdk_25 "$candidate" && [ "$(readlink -f "$candidate")" != "$debian" ]; then
            readlink -f "$candidate"
            return 0
        fi
    done
    return 1
}

GIVEN_JAVA_HOME=${JAVA_HOME:-}

need_jdk() {
    JAVA_HOME=$(debian_jdk) || die "$JDK_PACKAGE is installed and is not in $JDKS"
    export JAVA_HOME
}

# What Debian has mended in its JDK since, the check finds here, and not on a user's machine.
newest_jdk() {
    local installed candidate
    [ -z "$(find /var/lib/apt/lists -maxdepth 0 -mmin +1440)" ] || step "asking Debian for the newest JDK" update_lists
    installed=$(dpkg-query -W -f '${Version}' "$JDK_PACKAGE")
    candidate=$(LC_ALL=C apt-cache policy "$JDK_PACKAGE" | sed -n 's/^ *Candidate: //p')
    [ "$installed" = "$candidate" ] || step "upgrading the JDK to $candidate" install_packages "$JDK_PACKAGE"
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

# Debian's docker-registry, which tests start on loopback. It is unpacked and not installed: installed it would listen on port 5000 of every
# interface, from then on with each start of the machine, and in many a container at once.
need_registry() { [ -x "$DEV/tools/docker-registry/usr/bin/docker-registry" ] || step "fetching Debian's docker-registry" fetch_registry; }

fetch_registry() {
    local dir=$DEV/tools/docker-registry
    rm -rf "$dir" "$dir.part"
    mkdir -p "$dir.part"
    cd "$dir.part"
    apt-get download -q docker-registry || {
        update_lists # apt downloads nothing without them
        apt-get download -q docker-registry
    }
    dpkg-deb -x ./docker-registry_*.deb .
    rm ./docker-registry_*.deb
    mv "$dir.part" "$dir"
}

mvn_here() { "$MVN" -q -B -f "$ROOT/pom.xml" "$@"; }

need_build_tools() {
    # shellcheck disable=SC2086 # lists of words
    need_packages $PACKAGES_BUILD "$@"
    need_jdk
    need_maven
}
