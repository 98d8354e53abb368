# shellcheck shell=bash
# The node's own key at rest: encrypted by systemd-creds(1), with the TPM or with a key of this machine, or a plain file.

# The name of the credential, which systemd-creds binds into the encrypted file.
KEY_NAME=node
# where mvm-hostd.service has systemd look for it
KEY_CREDENTIAL=/etc/credstore.encrypted/mvm-node-key
KEY_FILE=$HOSTD_STATE/keys/node
# where open_room makes its folder
ROOMS=/run

# key_at_rest: prints tpm2, host, file or other; nothing without a key. A plain file counts also beside a credential: a change
# that was cut short has left it. What a credential is encrypted with stands in its first 16 bytes (systemd, src/shared/creds-util.h).
key_at_rest() {
    if [ -e "$KEY_FILE" ] || [ ! -e "$KEY_CREDENTIAL" ]; then
        [ ! -e "$KEY_FILE" ] || echo file
        return 0
    fi
    case $({ base64 -d "$KEY_CREDENTIAL" 2>/dev/null || true; } | head -c 16 | od -An -v -tx1 | tr -d ' \n') in
        0c7cc07b117645919c4b0bea08bc20fe) echo tpm2 ;;
        5a1c6a86df9d4096b1d5a65e0862f19a) echo host ;;
        *) echo other ;;
    esac
}

# what_follows KIND: who can read a key that is kept so.
what_follows() {
    case $1 in
        tpm2) echo "encrypted with this machine's TPM: a disk alone does not open it" ;;
        host) echo "encrypted with a key on this machine's disk: a copy of the whole disk opens it, a copy of mvm's folders does not" ;;
        file) echo "a plain file: a copy of it is the key" ;;
        other) echo "not encrypted by mvm-node" ;;
        *) echo "missing" ;;
    esac
}

# wanted_key WORD: how the key will be kept; WORD is what the operator asked for, or empty. A credential that is there stays.
wanted_key() {
    local now
    now=$(key_at_rest)
    if [ -n "$1" ]; then
        echo "$1"
    elif [ -n "$now" ] && [ "$now" != file ]; then
        echo "$now"
    elif has_tpm2; then
        echo tpm2
    else
        echo host
    fi
}

has_tpm2() { systemd-analyze -q has-tpm2 >/dev/null 2>&1; }

# open_room: a folder in memory that is never swapped out; close_room ends it.
open_room() {
    ROOM=$(mktemp -d "$ROOMS/mvm-node-key.XXXXXX")
    mount -t ramfs -o mode=0700 ramfs "$ROOM"
}

close_room() {
    [ -n "${ROOM:-}" ] || return 0
    umount "$ROOM" && rmdir "$ROOM"
    ROOM=""
}

# keep_key KIND: makes the node's key unless there is one, prints its public half, and leaves the key on disk as KIND alone.
keep_key() {
    local now
    now=$(key_at_rest)
    open_room
    if [ -e "$KEY_CREDENTIAL" ]; then # hostd reads it before a file
        (umask 077 && systemd-creds decrypt --name="$KEY_NAME" "$KEY_CREDENTIAL" "$ROOM/$KEY_NAME") ||
            refuse "$KEY_CREDENTIAL does not open on this machine; nothing has changed. To have another key: remove it, run this again, and sign a new node document"
    elif [ -e "$KEY_FILE" ]; then
        install -m 0600 "$KEY_FILE" "$ROOM/$KEY_NAME"
    fi
    public_half "$ROOM"
    if [ "$1" != "$now" ] || { [ -e "$KEY_FILE" ] && [ -e "$KEY_CREDENTIAL" ]; }; then
        "keep_as_$1"
    fi
    close_room
}

# The old form goes when the new one has been read back from disk.
keep_as_file() {
    install -d -m 0700 "${KEY_FILE%/*}"
    put "$ROOM/$KEY_NAME" "$KEY_FILE" 0600 root:root
    rm -f "$KEY_CREDENTIAL"
}

keep_as_tpm2() { keep_as_credential --with-key=tpm2 --tpm2-pcrs=; }
keep_as_host() { keep_as_credential --with-key=host; }

keep_as_credential() {
    (umask 077 && systemd-creds encrypt "$@" --name="$KEY_NAME" "$ROOM/$KEY_NAME" "$WORK/node-key.cred") ||
        refuse "the node's key cannot be encrypted; --node-key says how it is kept"
    systemd-creds decrypt --name="$KEY_NAME" "$WORK/node-key.cred" - | cmp -s - "$ROOM/$KEY_NAME" ||
        refuse "the node's key cannot be decrypted after it was encrypted; nothing has changed"
    put "$WORK/node-key.cred" "$KEY_CREDENTIAL" 0600 root:root
    [ ! -e "$KEY_FILE" ] || destroy_file "$KEY_FILE"
}

# Blocks of a removed file stay where they are. A disk that writes elsewhere keeps them all the same.
destroy_file() {
    shred --iterations=1 --zero "$1"
    sync "$1"
    rm -f "$1"
}

# public_half FOLDER: of the key in it, which is made if it is missing.
public_half() {
    (
        umask 077
        CREDENTIALS_DIRECTORY=$1 "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --illegal-native-access=deny \
            --enable-native-access=dev.mvm.linux -p "$LIBRARY/hostd" -m dev.mvm.hostd/dev.mvm.hostd.Main make-node-key --config "$CONFIGURATION/hostd.conf"
    )
}
