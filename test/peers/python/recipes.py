"""Repositories made with python-tuf's Metadata API, each as (folder) -> {target path: content}.

A folder gets metadata/ and targets/, as a web server would serve them.
"""

import hashlib
import os
from datetime import datetime, timezone

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

EXPIRES = datetime(2090, 1, 1, tzinfo=timezone.utc)

ed25519 = CryptoSigner.generate_ed25519
ecdsa = CryptoSigner.generate_ecdsa
rsa = CryptoSigner.generate_rsa


class Repository:
    """Writes what it is told to, and keeps the versions in step."""

    def __init__(self, folder, consistent, root_signers, threshold, signers):
        self.folder = folder
        self.consistent = consistent
        self.contents = {}
        self.signers = {**signers, "root": root_signers}
        self.root = Root(expires=EXPIRES, consistent_snapshot=consistent)
        self.targets = {"targets": Targets(expires=EXPIRES)}
        self.snapshot = Snapshot(expires=EXPIRES)
        self.timestamp = Timestamp(expires=EXPIRES)
        for role, used in self.signers.items():
            for signer in used:
                self.root.add_key(signer.public_key, role)
        self.root.roles["root"].threshold = threshold
        self.write_root(root_signers[:threshold])

    def put(self, place, name, data):
        path = os.path.join(self.folder, place, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def write(self, role, signed, signers, versioned):
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes()
        self.put("metadata", f"{signed.version}.{role}.json" if versioned else f"{role}.json", data)
        return data

    def write_root(self, signers):
        self.write("root", self.root, signers, True)

    def rotate_root(self, new_signers, keep):
        """Replaces root keys: signed by the old threshold and by the new one (TUF 6.1)."""
        old = self.signers["root"]
        for signer in old:
            if signer not in keep:
                self.root.revoke_key(signer.public_key.keyid, "root")
        for signer in new_signers:
            self.root.add_key(signer.public_key, "root")
        self.signers["root"] = keep + new_signers
        self.root.version += 1
        self.write_root(list(dict.fromkeys(old + self.signers["root"])))

    def rotate(self, role, signer):
        for old in self.signers[role]:
            self.root.revoke_key(old.public_key.keyid, role)
        self.root.add_key(signer.public_key, role)
        self.signers[role] = [signer]
        self.root.version += 1
        self.write_root(self.signers["root"])

    def delegate(self, parent, role, signers, threshold=1, **scope):
        delegations = self.targets[parent].delegations
        if delegations is None:
            delegations = self.targets[parent].delegations = Delegations({}, roles={})
        scope = {"terminating": False, **scope}
        delegations.roles[role] = DelegatedRole(role, [], threshold, **scope)
        for signer in signers:
            self.targets[parent].add_key(signer.public_key, role)
        self.signers[role] = signers
        self.targets.setdefault(role, Targets(expires=EXPIRES))

    def add(self, role, path, text, custom=None):
        data = text.encode()
        info = TargetFile.from_data(path, data, ["sha256", "sha512"])
        if custom is not None:
            info.unrecognized_fields["custom"] = custom
        self.targets[role].targets[path] = info
        folder, name = os.path.split(path)
        prefix = f"{info.hashes['sha256']}." if self.consistent else ""
        self.put("targets", os.path.join(folder, prefix + name), data)
        self.contents[path] = text

    def publish(self):
        for role, signed in self.targets.items():
            data = self.write(role, signed, self.signers[role], self.consistent)
            # Lengths and hashes in snapshot are optional: one role with, the others without.
            stated = data if role != "targets" else None
            self.snapshot.meta[f"{role}.json"] = (
                MetaFile.from_data(signed.version, stated, ["sha256"]) if stated else MetaFile(signed.version)
            )
        data = self.write("snapshot", self.snapshot, self.signers["snapshot"], self.consistent)
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, data, ["sha512"])
        self.write("timestamp", self.timestamp, self.signers["timestamp"], False)

    def next_version(self):
        for signed in (*self.targets.values(), self.snapshot, self.timestamp):
            signed.version += 1


def delegated(folder, consistent):
    first, second, third = ed25519(), ecdsa(), rsa()
    online = {"timestamp": [ed25519()], "snapshot": [ecdsa()], "targets": [rsa(), ed25519()]}
    repository = Repository(folder, consistent, [first, second, third], 2, online)
    repository.root.unrecognized_fields["x-team"] = {"name": "ö \"quoted\" \\", "members": [1, None, True]}
    repository.add("targets", "top.txt", "the top\n", {"build": 7, "tags": ["a", "ä"]})
    repository.add("targets", "some folder/with ü & space.txt", "odd\n")
    repository.delegate("targets", "docs", [ecdsa(), ed25519()], 2, paths=["docs/*", "docs/*/*"])
    repository.add("docs", "docs/guide.md", "guide\n")
    repository.delegate("docs", "docs \u00f6", [ed25519()], paths=["docs/deep/?.md"], terminating=True)
    repository.add("docs \u00f6", "docs/deep/a.md", "deep\n")
    halves = {"low": "01234567", "high": "89abcdef"}
    for role, prefixes in halves.items():
        repository.delegate("targets", role, [rsa() if role == "low" else ecdsa()], path_hash_prefixes=list(prefixes))
    for index in range(6):
        path = f"hashed/{index}.bin"
        digest = hashlib.sha256(path.encode()).hexdigest()
        role = next(role for role, prefixes in halves.items() if digest[0] in prefixes)
        repository.add(role, path, f"hashed {index}\n")
    repository.publish()
    # Root 2 replaces one key of three, root 3 and 4 all of them, 5 the timestamp's, 6 the targets'.
    fourth, fifth, sixth = ecdsa(), ed25519(), rsa()
    repository.rotate_root([fourth], [second, third])
    repository.rotate_root([fifth], [fourth, third])
    repository.rotate_root([sixth], [fourth, fifth])
    repository.rotate("timestamp", rsa())
    repository.rotate("targets", ecdsa())
    repository.add("targets", "top.txt", "the top, again\n")
    repository.next_version()
    repository.publish()
    return repository.contents


def succinct(folder):
    online = {role: [ed25519()] for role in ("timestamp", "snapshot", "targets")}
    repository = Repository(folder, True, [ed25519()], 1, online)
    bins = SuccinctRoles([], 1, 5, "bin")
    delegations = Delegations({}, succinct_roles=bins)
    repository.targets["targets"].delegations = delegations
    signer = ecdsa()
    repository.targets["targets"].add_key(signer.public_key)
    for role in bins.get_roles():
        repository.targets[role] = Targets(expires=EXPIRES)
        repository.signers[role] = [signer]
    for index in range(40):
        path = f"packages/{index}/p-{index}.whl"
        repository.add(bins.get_role_for_target(path), path, f"package {index}\n")
    repository.publish()
    return repository.contents


RECIPES = {
    "consistent": lambda folder: delegated(folder, True),
    "plain": lambda folder: delegated(folder, False),
    "succinct": succinct,
}
