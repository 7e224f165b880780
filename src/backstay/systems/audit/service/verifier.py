# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography", "rfc8785"]
# ///
"""Check an exported audit trail, offline: one file, without the rest of backstay.

    uv run verifier.py export.jsonl --key <public key in hex> [--checkpoint <checkpoint in JSON>]

Every record's hash is SHA-256(hash before it, record in canonical JSON); numbers have no gap;
every checkpoint is signed by the key over the number and hash that the chain really had there.
A checkpoint that you kept elsewhere shows whether the end was cut off since. Exits with 0 when
all of it holds, and 1 when not, naming the first record that is wrong.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rfc8785

GENESIS = bytes(32)
"""What stands before the first record."""


class Broken(Exception):
    """The trail is not what it was."""

    def __init__(self, problem: str, seq: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.seq = seq


def link(before: bytes, record: Mapping[str, Any]) -> bytes:
    """The hash of a record that follows another."""
    return hashlib.sha256(before + rfc8785.dumps(dict(record))).digest()


def signed_part(checkpoint: Mapping[str, Any]) -> bytes:
    """What a checkpoint's signature is over."""
    names = ("organization", "seq", "hash", "at")
    return rfc8785.dumps({"backstay": "audit checkpoint", **{name: checkpoint[name] for name in names}})


@dataclass
class Walk:
    """Goes along a trail, record by record; raises `Broken` at the first thing that is wrong."""

    organization: str
    start: int = 0
    """The number of the last record that was pruned away."""
    head: bytes = GENESIS
    keys: frozenset[str] | None = None
    """Public keys that are believed, in hex; None believes those in the checkpoints themselves."""
    seq: int = 0
    records: int = 0
    checkpoints: int = 0
    hashes: dict[int, str] = field(default_factory=dict)
    """Hashes at the numbers in `wanted`, as they were met."""
    wanted: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Begin where the pruning ended."""
        self.seq = self.start
        self.hashes[self.start] = self.head.hex()

    def step(self, record: Mapping[str, Any], claimed: str) -> None:
        """The next record."""
        seq = record.get("seq")
        if seq != self.seq + 1:
            raise Broken(f"record {seq} stands where {self.seq + 1} should", self.seq + 1)
        if record.get("organization") != self.organization:
            raise Broken(f"record {seq} is of another organization", seq)
        self.head = link(self.head, record)
        if self.head.hex() != claimed:
            raise Broken(f"record {seq}, or one before it, is not what was recorded", seq)
        self.seq = seq
        self.records += 1
        if seq in self.wanted:
            self.hashes[seq] = claimed

    def check(self, checkpoint: Mapping[str, Any]) -> None:
        """A checkpoint over a record that has been walked past, or the one where pruning ended."""
        # Late: a second OpenSSL, seven megabytes, for the first signature that is checked.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        seq = checkpoint["seq"]
        if checkpoint["organization"] != self.organization:
            raise Broken(f"checkpoint {seq} is of another organization", seq)
        if self.keys is not None and checkpoint["public_key"] not in self.keys:
            raise Broken(f"checkpoint {seq} is signed by a key that is not believed", seq)
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint["public_key"]))
            key.verify(bytes.fromhex(checkpoint["signature"]), signed_part(checkpoint))
        except (InvalidSignature, ValueError):
            raise Broken(f"the signature of checkpoint {seq} does not hold", seq) from None
        if seq > self.seq:
            raise Broken(
                f"record {self.seq} is the last, and {seq} was signed: the end is cut off", self.seq + 1
            )
        if seq in self.hashes and self.hashes[seq] != checkpoint["hash"]:
            raise Broken(f"record {seq} is not the one that was signed", seq)
        if seq >= self.start and seq not in self.hashes:
            raise Broken(f"checkpoint {seq} speaks of a record that is not there", seq)
        self.checkpoints += 1


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of an export, JSONL or CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            csv.field_size_limit(2**31 - 1)
            for row in csv.DictReader(file):
                yield json.loads(row["proof"])
        else:
            for line in file:
                if line.strip():
                    yield json.loads(line)


def verify_lines(
    lines: Iterable[dict[str, Any]],
    *,
    keys: Iterable[str] = (),
    kept: Iterable[Mapping[str, Any]] = (),
) -> Walk:
    """Walk along a whole export.

    Args:
        lines: header, records and checkpoints, as exported.
        keys: public keys in hex that are believed; those in the file when there are none.
        kept: checkpoints that were kept elsewhere.

    Raises:
        Broken: the trail is not what it was.
    """
    everything = list(lines)
    if not everything or everything[0].get("type") != "header":
        raise Broken("the export has no header")
    header = everything[0]
    marks = [one for one in everything if one.get("type") == "checkpoint"] + list(kept)
    walk = Walk(
        organization=header["organization"],
        start=header["pruned_seq"],
        head=bytes.fromhex(header["pruned_hash"]),
        keys=frozenset(keys) or None,
        wanted=frozenset(mark["seq"] for mark in marks),
    )
    if walk.start and not any(mark["seq"] == walk.start for mark in marks):
        raise Broken(f"no checkpoint says what the record before {walk.start + 1} was", walk.start + 1)
    for one in everything[1:]:
        if one.get("type") == "record":
            walk.step(one["record"], one["hash"])
    for mark in marks:
        walk.check(mark)
    return walk


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    # Late: a server, which has no such arguments, checks its records with this module too.
    import argparse

    parser = argparse.ArgumentParser(description="Check an exported audit trail, offline.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", action="append", default=[], help="a public key that you believe, in hex")
    parser.add_argument(
        "--checkpoint", action="append", default=[], help="a checkpoint that you kept, in JSON"
    )
    chosen = parser.parse_args(arguments)
    try:
        walk = verify_lines(
            lines_of(chosen.export), keys=chosen.key, kept=[json.loads(one) for one in chosen.checkpoint]
        )
    except (Broken, json.JSONDecodeError, KeyError, TypeError, ValueError) as failure:
        sys.stdout.write(f"BROKEN: {failure}\n")
        return 1
    believed = "" if chosen.key else "; no --key was given, so anybody could have signed them"
    sys.stdout.write(
        f"holds: {walk.records} records up to {walk.seq}, {walk.checkpoints} checkpoints{believed}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
