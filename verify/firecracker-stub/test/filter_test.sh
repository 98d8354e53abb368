#!/usr/bin/env bash
# The stand-in takes compiled filters, and refuses other files.
#   filter_test.sh PROGRAM FILTERS [refused]     with the last word only what must be refused: a sanitized build runs under no filter
set -uo pipefail

program=$1
filters=$2
count=0
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tap() { # STATUS WHAT
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        failed=$((failed + 1))
        echo "not ok $count - $2"
    fi
}

# with FILTER: what it says when it has no place for its socket
with() { "$program" --id x --api-sock "$work/none/api.sock" --seccomp-filter "$1" 2>&1; }

taken() { # FILTER WHAT: then it is the socket that it complains of
    grep -q FailedToBindAndRunHttpServer <<<"$(with "$1")"
    tap $? "$2"
}

refused() { # FILTER WHAT
    grep -q 'Seccomp error: Filter' <<<"$(with "$1")"
    tap $? "$2"
}

put() { # BYTE AT: one byte of the copy
    printf '%b' "\\x$1" | dd of="$work/altered" bs=1 seek="$2" conv=notrunc status=none
}

if [ "${3-}" != refused ]; then
    taken "$filters/deny-221.bpf" "a filter of 221 calls is taken"
    taken "$filters/deny-40.bpf" "a filter of 40 calls is taken"
fi
refused "$filters/deny-221.json" "its source is refused"
refused "$work/missing" "a file that is not there is refused"
refused /dev/null "an empty file is refused"
yes 'no filter' | head -c 512 >"$work/text"
refused "$work/text" "a text is refused"
openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 512 >"$work/random"
refused "$work/random" "512 random bytes are refused"
size=$(stat -c %s "$filters/deny-40.bpf")
wrong=0
for ((length = 0; length < size; length += 7)); do
    head -c "$length" "$filters/deny-40.bpf" >"$work/short"
    grep -q 'Seccomp error: Filter' <<<"$(with "$work/short")" || wrong=$((wrong + 1))
done
tap $wrong "whatever is cut off, it is refused"
cat "$filters/deny-40.bpf" - <<<x >"$work/long"
refused "$work/long" "a filter with something behind it is refused"
for change in "02 0 fewer threads" "78 3 another thread's name" "ff 14 another number of instructions" "15 18 a program that does not look at the architecture" \
    "ff 52 a jump out of the program" "00 $((size - 8)) a program without an end"; do
    read -r byte at what <<<"$change"
    cp "$filters/deny-40.bpf" "$work/altered"
    put "$byte" "$at"
    refused "$work/altered" "$what is refused"
done
echo "1..$count"
[ $failed = 0 ]
