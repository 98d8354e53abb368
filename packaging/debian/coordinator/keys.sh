# shellcheck shell=bash
# The coordinator's verbs as its own user, and its keys at rest: plain files of that user, or encrypted by systemd-creds(1).
# Root touches no file in the coordinator's folders, where a link may be planted: what is done there is done as the coordinator's user.

# where mvm-coordinator.service has systemd look, for all names that begin so
CREDENTIALS=/etc/credstore.encrypted
PREFIX=mvm-coordinator.
CONFIG=/etc/mvm/coordinator.toml
# of folders in memory
ROOMS=/run
ROOM=""

main() {
    if [ "${1:-}" = protect-keys ]; then
        shift
        protect_keys "$@"
    elif [ "$(id -u)" -ne 0 ]; then
        exec_java "$@"
    else
        as_root "$@"
    fi
}

# as_root VERB OPTIONS: those that need keys get them as systemd would hand them over.
as_root() {
    case ${1:-} in
        enrol | keys)
            trap close_room EXIT
            open_room
            as_coordinator env ${ROOM:+CREDENTIALS_DIRECTORY="$ROOM"} "${JAVA[@]}" "$@" | described
            ;;
        forget-tenant-keys)
            as_coordinator "${JAVA[@]}" "$@"
            # an earlier version's master keys, which protect-keys of that version had encrypted
            destroy_credential master.keys
            ;;
        *) exec_as_coordinator "${JAVA[@]}" "$@" ;;
    esac
}

JAVA=(/usr/lib/jvm/java-25-openjdk-amd64/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData
    --illegal-native-access=deny --enable-native-access=ALL-UNNAMED -cp '/usr/lib/mvm/coordinator/*' dev.mvm.coordinator.Main)

exec_java() { exec "${JAVA[@]}" "$@"; }
exec_as_coordinator() { exec setpriv --reuid=mvm-coord --regid=mvm-coord --clear-groups --bounding-set=-all --no-new-privs "$@"; }
as_coordinator() { (exec_as_coordinator "$@"); }

refuse() {
    echo "mvm-coordinator: $1" >&2
    exit "${2:-1}"
}

# open_room: the decrypted credentials in a folder in memory that is never swapped out, for the coordinator's user; nothing without any.
open_room() {
    local credential
    compgen -G "$CREDENTIALS/$PREFIX*" >/dev/null || return 0
    ROOM=$(mktemp -d "$ROOMS"/mvm-coordinator-keys.XXXXXX)
    mount -t ramfs -o mode=0700 ramfs "$ROOM"
    for credential in "$CREDENTIALS/$PREFIX"*; do
        decrypted "${credential##*/}" >"$ROOM/${credential##*/}" ||
            refuse "$credential does not open on this machine: bring its key back from a backup as a file, and remove it"
    done
    chown -R mvm-coord:mvm-coord "$ROOM"
}

close_room() {
    [ -n "$ROOM" ] || return 0
    umount "$ROOM" && rmdir "$ROOM"
    ROOM=""
}

decrypted() { systemd-creds decrypt --name="$1" "$CREDENTIALS/$1" -; }

# described: says of each credential in the lines of "keys" what it is encrypted with.
described() {
    local line file
    while IFS= read -r line; do
        case $line in
            *" credential "*)
                file=${line#*" credential "}
                echo "$line, $(what_follows "$(kind_of "$PREFIX${file##*/}")")"
                ;;
            *) echo "$line" ;;
        esac
    done
}

# kind_of NAME: prints tpm2, host or other. It stands in a credential's first 16 bytes (systemd, src/shared/creds-util.h).
kind_of() {
    case $({ base64 -d "$CREDENTIALS/$1" 2>/dev/null || true; } | head -c 16 | od -An -v -tx1 | tr -d ' \n') in
        0c7cc07b117645919c4b0bea08bc20fe) echo tpm2 ;;
        5a1c6a86df9d4096b1d5a65e0862f19a) echo host ;;
        *) echo other ;;
    esac
}

what_follows() {
    case $1 in
        tpm2) echo "encrypted with this machine's TPM: a disk alone does not open it" ;;
        host) echo "encrypted with a key on this machine's disk: a copy of the whole disk opens it, a copy of mvm's folders does not" ;;
        *) echo "not encrypted by mvm-coordinator" ;;
    esac
}

# protect_keys [--with tpm2|host|file]: encrypts every key that is a file, or makes files of them all. Each step leaves a key that can be
# read, and all of it can be repeated. The keys are those of the unit's configuration, since the credentials are the unit's.
protect_keys() {
    local with="" again=yes lines
    while [ $# -gt 0 ]; do
        [ $# -gt 1 ] || refuse "$1 needs a value" 2
        case $1 in
            --with) with=$2 ;;
            *) refuse "unknown option $1" 2 ;;
        esac
        shift 2
    done
    if [ -z "$with" ]; then
        with=$(default_kind)
        again=no # a credential that is there stays
    fi
    case $with in
        tpm2 | host | file) ;;
        *) refuse "--with: expected tpm2, host or file" 2 ;;
    esac
    [ "$(id -u)" -eq 0 ] || refuse "protect-keys is for root, who alone may write to $CREDENTIALS"
    trap close_room EXIT
    open_room
    lines=$(as_coordinator env ${ROOM:+CREDENTIALS_DIRECTORY="$ROOM"} "${JAVA[@]}" keys --config "$CONFIG")
    close_room
    [[ $lines == "authority "*"state "* ]] || refuse "the coordinator does not say how its keys are kept; nothing has changed"
    [ -z "$({ places file "$lines" && places credential "$lines"; } | sed 's|.*/||' | sort | uniq -d)" ] || refuse "two keys are in files of one name: rename one of them"
    if [ "$with" = file ]; then
        keep_as_files "$lines"
    else
        keep_as_credentials "$with" "$again" "$lines"
    fi
    forget_dropped "$lines"
}

default_kind() { if systemd-analyze -q has-tpm2 >/dev/null 2>&1; then echo tpm2; else echo host; fi; }

# places WORD LINES: the files of the keys that are kept so.
places() { sed -n "s/^[a-z]* $1 //p" <<<"$2"; }

# keep_as_credentials KIND AGAIN LINES. Files go once a coordinator that runs has been handed the credentials.
keep_as_credentials() {
    local file files encrypted sum changed=no
    files=$(places file "$3")
    encrypted=$(places credential "$3")
    while IFS= read -r file; do
        [ -n "$file" ] || continue
        encrypt "$1" "$file"
        changed=yes
    done <<<"$files"
    while IFS= read -r file; do
        if [ "$2" = yes ] && [ -n "$file" ] && [ "$(kind_of "$PREFIX${file##*/}")" != "$1" ]; then
            sum=$(decrypted "$PREFIX${file##*/}" | sha256sum)
            decrypted "$PREFIX${file##*/}" | put_encrypted "$1" "$PREFIX${file##*/}" "$sum"
        fi
    done <<<"$encrypted"
    [ $changed = no ] || restart
    while IFS= read -r file; do
        [ -z "$file" ] || destroy "$file"
    done <<<"$files"
    while IFS= read -r file; do
        [ -z "$file" ] || destroy_remains "$file"
    done <<<"$encrypted"
}

# keep_as_files LINES. A credential goes once its file was read back, and a coordinator that runs has that.
keep_as_files() {
    local file encrypted files
    encrypted=$(places credential "$1")
    files=$(places file "$1")
    while IFS= read -r file; do
        [ -z "$file" ] || write_file "$file"
    done <<<"$encrypted"
    [ -z "$encrypted" ] || restart
    while IFS= read -r file; do
        [ -n "$file" ] || continue
        same "$file" || refuse "$file is not what was in its credential, which stays: run this again"
        rm -f "$CREDENTIALS/$PREFIX${file##*/}"
        destroy_remains "$file"
    done <<<"$encrypted"
    while IFS= read -r file; do # what was cut short has left both; the file counts
        if [ -n "$file" ] && as_coordinator test -s "$file"; then
            rm -f "$CREDENTIALS/$PREFIX${file##*/}"
            destroy_remains "$file"
        fi
    done <<<"$files"
}

# write_file FILE: what its credential holds.
write_file() {
    as_coordinator rm -f "$1.new"
    decrypted "$PREFIX${1##*/}" | (umask 077 && as_coordinator dd of="$1.new" conv=excl,fsync status=none)
    same "$1.new" "$PREFIX${1##*/}" || refuse "$1 cannot be written; the credential stays"
    as_coordinator mv -T "$1.new" "$1"
    as_coordinator sync "${1%/*}"
}

# encrypt KIND FILE
encrypt() {
    local sum
    as_coordinator test -w "${2%/*}" || refuse "$2 stays as it is, since its folder is not the coordinator's: move it to its state directory first"
    sum=$(as_coordinator cat "$2" | sha256sum)
    as_coordinator cat "$2" | put_encrypted "$1" "$PREFIX${2##*/}" "$sum"
}

# put_encrypted KIND NAME SUM: what is written to it, encrypted and synced, under that name, once it decrypts to what has that sum.
put_encrypted() {
    local with=(--with-key="$1") new="$CREDENTIALS/.$2.new"
    [ "$1" != tpm2 ] || with+=(--tpm2-pcrs=)
    install -d -m 0700 "$CREDENTIALS"
    systemd-creds encrypt "${with[@]}" --name="$2" - "$new" || refuse "$2 cannot be encrypted; --with says how"
    [ "$3" != "$(sha256sum </dev/null)" ] || refuse "$2 would be empty; nothing has changed"
    [ "$3" = "$(systemd-creds decrypt --name="$2" "$new" - | sha256sum)" ] ||
        refuse "$2 does not decrypt to what was encrypted; nothing has changed"
    sync "$new"
    mv "$new" "$CREDENTIALS/$2"
    sync "$CREDENTIALS"
}

# same FILE [NAME]: a file holds what the credential of its name, or of another, does. Two that cannot be read are not the same.
same() {
    local plain encrypted
    plain=$(as_coordinator cat "$1" | sha256sum) && encrypted=$(decrypted "${2:-$PREFIX${1##*/}}" | sha256sum) && [ "$plain" = "$encrypted" ]
}

restart() {
    if systemctl -q is-active mvm-coordinator.service; then
        systemctl restart mvm-coordinator.service || refuse "mvm-coordinator does not start again: see its journal; keys are kept both ways until this is repeated"
    fi
}

# Blocks of a removed file stay where they are. A disk that writes elsewhere keeps them all the same. The file has another name before it
# is overwritten: half of it, under its own, would count before the credential.
destroy() {
    same "$1" || refuse "$1 was changed meanwhile: run this again"
    as_coordinator mv -T "$1" "$1.gone"
    if ! same "$1.gone" "$PREFIX${1##*/}"; then # between the look and the renaming
        as_coordinator mv -n -T "$1.gone" "$1"
        refuse "$1 was changed meanwhile: run this again"
    fi
    as_coordinator sync "${1%/*}"
    destroy_remains "$1"
}

# destroy_remains FILE: what an earlier run has left of a key's file beside its place, when it was cut short.
destroy_remains() {
    # shellcheck disable=SC2016 # the other shell's
    as_coordinator sh -c 'for file in "$1.gone" "$1.new"; do
        [ ! -f "$file" ] || shred --iterations=1 --zero --remove=unlink "$file" || exit 1
    done' sh "$1"
}

# destroy_credential NAME
destroy_credential() {
    if [ -f "$CREDENTIALS/$PREFIX$1" ]; then
        shred --iterations=1 --zero --remove=unlink "$CREDENTIALS/$PREFIX$1"
        sync "$CREDENTIALS"
    fi
}

# forget_dropped LINES: of an authority that a rotation has dropped.
forget_dropped() {
    local credential name
    for credential in "$CREDENTIALS/${PREFIX}authority-"*; do
        name=${credential##*/"$PREFIX"}
        [ ! -e "$credential" ] || grep -qF "/$name" <<<"$1" || rm -f "$credential"
    done
}
