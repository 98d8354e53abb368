#!/usr/bin/env python3
"""Reads a sealed snapshot by docs/protocol/snapshot.md alone: a second opinion on what the Java code writes.

usage: read_snapshot.py KEY-FILE FOLDER [BASE-FOLDER] MEMORY-OUT VMSTATE-OUT

KEY-FILE holds the tenant's key in hexadecimal. FOLDER and BASE-FOLDER hold `manifest`, `memory` and `vmstate`. It needs
Python's own library and the `openssl` command, which shows keys to everybody who may list processes: for tests, and slow.
Status 1 and one line if the snapshot does not open.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys

CHUNK, TAG, SALT, HEADER, PAGE = 16384, 16, 24, 56, 4096
AEAD_LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"


def refuse(why):
    sys.exit("refused: " + why)


def expand(digest, key, info, size):
    """HKDF-Expand, RFC 5869 section 2.3."""
    out, block, number = b"", b"", 0
    while len(out) < size:
        number += 1
        block = hmac.new(key, block + info + bytes([number]), digest).digest()
        out += block
    return out[:size]


def aes_ctr(key, start, data):
    command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", start.hex()]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


class Gcm:
    """Opening with AES-256-GCM, NIST SP 800-38D: counter mode by openssl, GHASH here."""

    def __init__(self, key):
        self.key = key
        value = int.from_bytes(aes_ctr(key, bytes(16), bytes(16)), "big")
        powers = []  # the hash key times each bit of a block
        for _ in range(128):
            powers.append(value)
            value = (value >> 1) ^ (0xE1 << 120 if value & 1 else 0)
        self.table = []  # and times each value of each byte
        for place in range(16):
            row = [0] * 256
            for byte in range(1, 256):
                bit = byte.bit_length() - 1
                row[byte] = row[byte ^ (1 << bit)] ^ powers[8 * place + 7 - bit]
            self.table.append(row)

    def ghash(self, data):
        state = 0
        for at in range(0, len(data), 16):
            block = (state ^ int.from_bytes(data[at : at + 16], "big")).to_bytes(16, "big")
            state = 0
            for place in range(16):
                state ^= self.table[place][block[place]]
        return state.to_bytes(16, "big")

    def open(self, nonce, aad, sealed, what):
        text, tag = sealed[:-TAG], sealed[-TAG:]
        lengths = (8 * len(aad)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big")
        padded = aad + bytes(-len(aad) % 16) + text + bytes(-len(text) % 16) + lengths
        both = aes_ctr(self.key, nonce + b"\0\0\0\1", bytes(16) + text)
        expected = bytes(a ^ b for a, b in zip(both[:16], self.ghash(padded)))
        if len(sealed) < TAG or not hmac.compare_digest(expected, tag):
            refuse(what + " does not open")
        return both[16:]


def open_stream(key, context, sealed, facts, what):
    """c2sp.org/chunked-encryption, Cobblestone-256."""
    if len(sealed) != facts["sealed_bytes"] or len(sealed) < HEADER:
        refuse(what + " has another length")
    salt, commitment = sealed[:SALT], sealed[SALT:HEADER]
    if "sha256:" + hashlib.sha256(sealed[:HEADER]).hexdigest() != facts["header"]:
        refuse(what + " is not the stream that the manifest names")
    derived = expand(hashlib.sha512, key, AEAD_LABEL + salt + context, 32 + 12 + 32)
    if not hmac.compare_digest(derived[44:], commitment):
        refuse(what + " is of another key or context")
    gcm, base = Gcm(derived[:32]), int.from_bytes(derived[32:44], "big")
    out, number, at = b"", 0, HEADER
    while True:
        chunk = sealed[at : at + CHUNK + TAG]
        nonce = (base ^ number).to_bytes(12, "big")
        out += gcm.open(nonce, b"", chunk, "%s, chunk %d," % (what, number))
        at += len(chunk)
        number += 1
        if len(chunk) < CHUNK + TAG:
            break
    if at != len(sealed) or len(out) != facts["plain_bytes"]:
        refuse(what + " does not end where it should")
    return out


def context_of(manifest, part):
    machine = manifest["machine"]
    lines = ["mvm snapshot v1", part]
    lines += [str(manifest[name]) for name in ("tenant", "pool", "instance", "epoch")]
    names = ("vmm", "vmm_version", "format", "cpu", "kernel", "vcpus", "memory_bytes", "page_bytes")
    lines += [str(machine[name]) for name in names]
    lines.append(manifest["base"])
    return "".join(line + "\n" for line in lines).encode("ascii")


def read_map(plain, pages, guest_pages):
    """The page map: guest's page to position, pages that are zero, working set."""
    data = plain[pages * PAGE :]
    numbers = [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]
    stored, cleared, set_at, set_pages = numbers[:4]
    if len(data) != 16 + 8 * (stored + cleared):
        refuse("page map of another size")
    where, zero, order = {}, set(), []
    for run in range(stored + cleared):
        first, count = numbers[4 + 2 * run : 6 + 2 * run]
        for page in range(first, first + count):
            if page in where or page in zero or page >= guest_pages:
                refuse("page map, page %d" % page)
            if run < stored:
                where[page] = len(order)
                order.append(page)
            else:
                zero.add(page)
    if len(order) != pages:
        refuse("page map of another number of pages")
    return where, zero, order[set_at : set_at + set_pages]


def read_snapshot(tenant_key, folder, base):
    text = (folder / "manifest").read_bytes()
    facts, wrapped, rest = text.split(b"\n")
    if rest:
        refuse("manifest of more than two lines")
    manifest = json.loads(facts)
    place = "mvm snapshot v1\nsnap/wrap\n%(tenant)s\n%(instance)s\n" % manifest
    wrapping = Gcm(expand(hashlib.sha256, tenant_key, place.encode("ascii"), 32))
    sealed = base64.b64decode(wrapped, validate=True)
    key = wrapping.open(sealed[:12], facts + b"\n", sealed[12:], "manifest")
    streams = {}
    for part in ("memory", "vmstate"):
        sealed = (folder / part).read_bytes()
        streams[part] = open_stream(key, context_of(manifest, part), sealed, manifest[part], part)
    size = manifest["machine"]["memory_bytes"]
    where, zero, working_set = read_map(streams["memory"], manifest["pages"], size // PAGE)
    if manifest["base"] == "none":
        memory = bytearray(size)
    else:
        if base is None or base[0]["memory"]["header"] != manifest["base"]:
            refuse("another base")
        memory = bytearray(base[1])
    for page in zero:
        memory[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    for page, at in where.items():
        memory[page * PAGE : (page + 1) * PAGE] = streams["memory"][at * PAGE : (at + 1) * PAGE]
    return manifest, memory, streams["vmstate"], working_set


def main(arguments):
    if len(arguments) not in (4, 5):
        sys.exit(__doc__)
    key = bytes.fromhex(pathlib.Path(arguments[0]).read_text().strip())
    base = None
    if len(arguments) == 5:
        base = read_snapshot(key, pathlib.Path(arguments[2]), None)
    _, memory, vmstate, working_set = read_snapshot(key, pathlib.Path(arguments[1]), base)
    pathlib.Path(arguments[-2]).write_bytes(memory)
    pathlib.Path(arguments[-1]).write_bytes(vmstate)
    print("working set:", *working_set)


if __name__ == "__main__":
    main(sys.argv[1:])
