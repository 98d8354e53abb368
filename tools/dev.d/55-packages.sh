# The Debian packages, from what the build has made: .dev/packages/*.deb.

PACKAGES=$DEV/packages

# dev_package [--notice]
dev_package() {
    need_build_tools
    packages
    [ $# -eq 0 ] || notice --write
}

dev_version() { version; }

# The version of the packages. A tag v1.2.3 makes 1.2.3, and its fourth descendant 1.2.3+4.gCOMMIT. Without a tag the poms' version takes
# its place, and all commits are counted. Changed files add dirty. MVM_VERSION overrides all of this.
version() {
    local described base count commit
    if [ -n "${MVM_VERSION:-}" ]; then
        printf '%s\n' "$MVM_VERSION"
        return
    fi
    if described=$(git describe --tags --long --abbrev=7 --match 'v[0-9]*' 2>/dev/null); then
        commit=${described##*-}
        base=${described%-*-*}
        count=${described#"$base"-}
        base=${base#v} count=${count%-*}
    else
        base=$(sed -n '0,/<version>/s|.*<version>\(.*\)</version>.*|\1|p' pom.xml)
        count=$(git rev-list --count HEAD 2>/dev/null) || count=0
        commit=g$(git rev-parse --short=7 HEAD 2>/dev/null) || true
    fi
    [ "$count" -eq 0 ] || base=$base+$count.$commit
    if [ -n "$(git status --porcelain -- "${SHIPPED[@]}" 2>/dev/null)" ]; then
        case $base in *+*) base=$base.dirty ;; *) base=$base+dirty ;; esac
    fi
    printf '%s\n' "$base"
}

# What goes into the packages.
SHIPPED=(foundation protocol process native/launch native/volume native/attest native/hostd-start native/reader-start packaging tools/dev.d pom.xml docs/operations NOTICE)

# packages: builds them if something has changed since, and prints where they are.
packages() {
    if packages_stale; then
        step "building the jail launcher" make -C native/launch OUT="$DEV/native/launch" "$DEV/native/launch/mvm-launch"
        step "building what makes volumes' devices" make -C native/volume OUT="$DEV/native/volume" "$DEV/native/volume/mvm-volume"
        step "building what asks the TPM" make -C native/attest OUT="$DEV/native/attest" all
        step "building what starts hostd" make -C native/hostd-start OUT="$DEV/native/hostd-start" all
        step "building what starts guestds, sealers and netd" make -C native/reader-start OUT="$DEV/native/reader-start" all
        step "building the Java programs" build_java
        step "building the Debian packages" build_packages
    fi
    printf '%s\n' "$PACKAGES"/*.deb
}

packages_stale() {
    [ -e "$PACKAGES/built" ] || return 0
    # a release has its own version; between two, packages keep that of the commit that they were built at
    case $(version) in *+* | "$(cat "$PACKAGES/version")") ;; *) return 0 ;; esac
    [ -n "$(find "${SHIPPED[@]}" \( -name target -o -path '*/src/test' -o -name .cifuzz-corpus \) -prune \
        -o -type f -newer "$PACKAGES/built" -print -quit)" ]
}

build_packages() {
    local began package_version
    began=$(mktemp -p "$DEV")
    package_version=$(version)
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES"
    lay_out_node "$PACKAGES/mvm-node"
    lay_out_coordinator "$PACKAGES/mvm-coordinator"
    lay_out_keyd "$PACKAGES/mvm-keyd"
    lay_out_cli "$PACKAGES/mvm"
    "$MVN" -q -B -f packaging/debian/pom.xml "-Dmvm.trees=$PACKAGES" "-Dmvm.package.version=$package_version" package
    printf '%s\n' "$package_version" >"$PACKAGES/version"
    mv "$began" "$PACKAGES/built" # as old as the beginning: what changed meanwhile is stale again
}

lay_out_node() {
    local tree=$1 unit
    lay_out_jars "$tree" hostd
    lay_out_jars "$tree" netd
    lay_out_jars "$tree" guestd
    lay_out_jars "$tree" sealer
    lay_out_jars "$tree" agentd
    install -D "$DEV/native/launch/mvm-launch" "$tree/usr/lib/mvm/mvm-launch"
    install "$DEV/native/volume/mvm-volume" "$tree/usr/lib/mvm/mvm-volume"
    install "$DEV/native/attest/mvm-attest" "$tree/usr/lib/mvm/mvm-attest"
    install "$DEV/native/hostd-start/mvm-hostd-start" "$tree/usr/lib/mvm/mvm-hostd-start"
    install "$DEV/native/reader-start/mvm-reader-start" "$tree/usr/lib/mvm/mvm-reader-start"
    strip "$tree"/usr/lib/mvm/mvm-{launch,volume,attest,hostd-start,reader-start}
    install -D packaging/debian/node/mvm-node "$tree/usr/sbin/mvm-node"
    mkdir -p "$tree/usr/lib/mvm/node"
    install -m 0644 packaging/debian/node/tool/*.sh packaging/debian/node/tool/{advisories,releases} "$tree/usr/lib/mvm/node/"
    install packaging/debian/node/guests packaging/debian/node/make-cache "$tree/usr/lib/mvm/node/"
    for unit in packaging/debian/node/units/*; do
        install -D -m 0644 "$unit" "$tree/usr/lib/systemd/system/$(basename "$unit")"
    done
    install -D -m 0644 packaging/debian/node/journald@mvm-guests.conf "$tree/usr/lib/systemd/journald@mvm-guests.conf"
    install -D -m 0644 packaging/debian/node/sysusers.conf "$tree/usr/lib/sysusers.d/mvm-node.conf"
    install -D -m 0644 packaging/debian/node/tmpfiles.conf "$tree/usr/lib/tmpfiles.d/mvm-node.conf"
    install -D -m 0644 packaging/debian/node/modules.conf "$tree/usr/lib/modules-load.d/mvm-node.conf"
    lay_out_documents "$tree" mvm-node node
    install -m 0644 docs/operations/units.md docs/operations/install.md "$tree/usr/share/doc/mvm-node/"
    lay_out_manual "$tree" 8 packaging/debian/node/mvm-node.8
}

lay_out_coordinator() {
    local tree=$1 unit
    lay_out_jars "$tree" coordinator
    install -D packaging/debian/coordinator/mvm-coordinator "$tree/usr/sbin/mvm-coordinator"
    install -m 0644 packaging/debian/coordinator/keys.sh "$tree/usr/lib/mvm/coordinator/keys.sh"
    for unit in packaging/debian/coordinator/units/*; do
        install -D -m 0644 "$unit" "$tree/usr/lib/systemd/system/$(basename "$unit")"
    done
    install -D -m 0644 packaging/debian/coordinator/sysusers.conf "$tree/usr/lib/sysusers.d/mvm-coordinator.conf"
    install -D -m 0644 packaging/debian/coordinator/tmpfiles.conf "$tree/usr/lib/tmpfiles.d/mvm-coordinator.conf"
    lay_out_documents "$tree" mvm-coordinator coordinator
    install -D -m 0644 packaging/debian/coordinator/coordinator.toml "$tree/usr/share/doc/mvm-coordinator/examples/coordinator.toml"
    install -D -m 0644 packaging/debian/coordinator/relay.conf "$tree/usr/share/mvm-coordinator/relay.conf"
    lay_out_manual "$tree" 8 packaging/debian/coordinator/mvm-coordinator.8
}

lay_out_keyd() {
    local tree=$1 unit
    lay_out_jars "$tree" keyd
    install -D packaging/debian/keyd/mvm-keyd "$tree/usr/sbin/mvm-keyd"
    for unit in packaging/debian/keyd/units/*; do
        install -D -m 0644 "$unit" "$tree/usr/lib/systemd/system/$(basename "$unit")"
    done
    install -D -m 0644 packaging/debian/keyd/sysusers.conf "$tree/usr/lib/sysusers.d/mvm-keyd.conf"
    install -D -m 0644 packaging/debian/keyd/tmpfiles.conf "$tree/usr/lib/tmpfiles.d/mvm-keyd.conf"
    lay_out_documents "$tree" mvm-keyd keyd
    install -D -m 0644 packaging/debian/keyd/keyd.conf "$tree/usr/share/mvm-keyd/keyd.conf" # not among documents, which small systems leave out
    install -m 0644 packaging/debian/keyd/relay.conf "$tree/usr/share/mvm-keyd/relay.conf"
    lay_out_manual "$tree" 8 packaging/debian/keyd/mvm-keyd.8
}

lay_out_cli() {
    local tree=$1
    lay_out_jars "$tree" cli
    install -D packaging/debian/cli/mvm "$tree/usr/bin/mvm"
    install -D packaging/debian/cli/make-cache "$tree/usr/lib/mvm/command/make-cache"
    install -m 0644 packaging/debian/cli/options "$tree/usr/lib/mvm/command/options"
    lay_out_documents "$tree" mvm cli
    lay_out_manual "$tree" 1 packaging/debian/cli/mvm.1
}

# lay_out_jars TREE PROCESS: its own jar and those it needs; the test that it is complete is that it starts.
lay_out_jars() {
    local into=$1/usr/lib/mvm/$2 module
    module=$(module_of "mvm-$2")
    mkdir -p "$into"
    cp "$module/target/lib/"*.jar "$into/"
    cp "$module/target/mvm-$2-"[0-9].*[0-9].jar "$into/"
    chmod 0644 "$into"/*
}

# lay_out_documents TREE PACKAGE FOLDER
lay_out_documents() {
    local into=$1/usr/share/doc/$2
    mkdir -p "$into"
    install -m 0644 packaging/debian/copyright "$into/copyright"
    sed "s/@PACKAGE@/$2/; s/@VERSION@/$package_version/" packaging/debian/changelog | gzip -9n >"$into/changelog.gz"
    install -m 0644 NOTICE "$into/NOTICE"
    [ ! -e "packaging/debian/$3/README.Debian" ] || install -m 0644 "packaging/debian/$3/README.Debian" "$into/README.Debian"
    [ ! -e "packaging/debian/$3/lintian-overrides" ] ||
        install -D -m 0644 "packaging/debian/$3/lintian-overrides" "$1/usr/share/lintian/overrides/$2"
}

# lay_out_manual TREE SECTION PAGE
lay_out_manual() {
    mkdir -p "$1/usr/share/man/man$2"
    gzip -9nc "$3" >"$1/usr/share/man/man$2/$(basename "$3").gz"
}

# test_packages: what is shipped, as a TAP stream.
test_packages() {
    local first path
    packages >&2
    say "TAP version 13"
    say "1..$((3 + $(find "$PACKAGES" -maxdepth 1 -name '*.deb' | wc -l)))"
    for path in "$PACKAGES"/*.deb; do
        tell_tap "lintian finds no error in $(basename "$path" | sed 's/_.*//')" lintian --fail-on error --allow-root --suppress-tags \
            jar-not-in-usr-share,unknown-java-class-version,codeless-jar "$path" || true
    done
    tell_tap "nothing that is shipped knows ssh, scp or docker" nothing_foreign || true
    tell_tap "NOTICE and copyright name every jar of others that is shipped" notice || true
    first=$(digests_of "$PACKAGES")
    MVM_VERSION=$(cat "$PACKAGES/version") build_packages >&2
    tell_tap "packing again gives the same bytes" test "$first" = "$(digests_of "$PACKAGES")" || true
}

digests_of() { (cd "$1" && sha256sum ./*.deb); }

# notice [--write]: compares NOTICE and Debian's copyright with the jars in the packages.
notice() { documents notice "$ROOT" "$PACKAGES" "$@"; }

# test_packages_again: as a TAP stream. The sources are copied to another folder and everything is built there from nothing, Maven itself
# excepted.
test_packages_again() {
    local again=$DEV/again
    packages >&2
    rm -rf "$again"
    mkdir -p "$again/.dev"
    ln -s "$DEV/tools" "$again/.dev/tools"
    git ls-files -co --exclude-standard | while read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done | tar -c -T - | tar -x -C "$again"
    MVM_VERSION=$(cat "$PACKAGES/version") "$again/dev" package >&2
    say "TAP version 13"
    say "1..1"
    tell_tap "a second build from sources, in another folder, gives the same packages" \
        diff <(digests_of "$PACKAGES") <(digests_of "$again/.dev/packages") || return 1
    rm -rf "$again"
}

# nothing_foreign: names the files of the packages in which a word of another system stands: neither our own classes nor scripts, units and
# documents may have one. The names of formats and of a registry that images are imported from are no such words.
IMAGE_WORDS='docker://|docker-archive:|docker\.io|(application/)?vnd\.docker\.'
nothing_foreign() {
    local found words=$DEV/words-of-a-file
    found=$(
        find "$PACKAGES" -type f \( -name 'mvm*.jar' -o -not -name '*.jar' \) -not -name '*.deb' -not -path '*/share/doc/*' | while read -r file; do
            if ! words_of "$file" >"$words" || ! sed -Ei "s#$IMAGE_WORDS##g" "$words"; then
                printf '%s cannot be read\n' "$file"
            elif grep -qaiwE 'sshd?|scp|docker' "$words"; then
                printf '%s\n' "$file"
            fi
        done
    )
    rm -f "$words"
    printf '%s' "$found"
    [ -z "$found" ]
}

# words_of FILE: what a file of a package says.
words_of() {
    local data=$DEV/data-of-a-program
    case $1 in
        *.jar) unzip -p "$1" ;;
        */mvm-launch | */mvm-volume | */mvm-attest | */mvm-*-start) # machine code spells any word of three letters sooner or later
            objcopy -O binary -j '.rodata*' -j '.data*' -w "$1" "$data" && strings -n 6 "$data" && rm "$data"
            ;;
        *.service) sed '/^InaccessiblePaths=-\/run\//d' "$1" ;; # units name sockets that a daemon must not reach, to close them
        *) cat "$1" ;;
    esac
}
