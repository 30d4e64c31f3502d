"""What python-tuf takes for the same work, in its own process. Prints one JSON object.

    python_tuf.py verify ROUNDS ROOT TARGETS          load and verify one targets file
    python_tuf.py refresh METADATA_URL ROOT [PATH]    a full refresh from nothing, and a lookup; its own start counts
    python_tuf.py publish FOLDER PATH                 one file more: bin, snapshot, timestamp; its own start counts
    python_tuf.py steps FOLDER ROUNDS                 the same again and again in one process; the second half counts

FOLDER of these two holds bin.json, snapshot.json, timestamp.json, and keys.json: for each of the three its keyid, its
public key as metadata has it, and its private key, 32 bytes in hex.
"""

import time

STARTED = time.perf_counter()

import json
import resource
import sys
import tempfile
from pathlib import Path
from statistics import median

from tuf.api.metadata import Metadata, Root, Targets
from tuf.ngclient import Updater, UpdaterConfig


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


def verify(rounds, root, targets):
    trusted = Metadata[Root].from_bytes(Path(root).read_bytes()).signed
    data = Path(targets).read_bytes()

    def load():
        # As tuf.ngclient does it.
        metadata = Metadata[Targets].from_bytes(data)
        trusted.verify_delegate("targets", metadata.signed_bytes, metadata.signatures)

    timed(load)
    samples = [timed(load) for _ in range(int(rounds))]
    return {
        "cpu": median(cpu for cpu, _ in samples),
        "wall": median(wall for _, wall in samples),
        "runs": len(samples),
    }


def refresh(url, root, path=None):
    config = UpdaterConfig(targets_max_length=100_000_000, snapshot_max_length=100_000_000)
    with tempfile.TemporaryDirectory() as folder:
        updater = Updater(folder, url, bootstrap=Path(root).read_bytes(), config=config)
        updater.refresh()
        if path is not None and updater.get_targetinfo(path) is None:
            raise SystemExit("the target was not found")
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall = (time.perf_counter() - STARTED) * 1e3
    return {"cpu": (used.ru_utime + used.ru_stime) * 1e3, "wall": wall, "peakBytes": used.ru_maxrss * 1024}


def publish(folder, path):
    from datetime import datetime, timedelta, timezone

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import CryptoSigner, Key
    from tuf.api.metadata import MetaFile, Snapshot, TargetFile, Timestamp
    from tuf.api.serialization.json import JSONSerializer

    folder = Path(folder)
    keys = json.loads((folder / "keys.json").read_text())
    compact = JSONSerializer(compact=True)
    tomorrow = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)

    def signed(role, metadata):
        keyid, public, private = keys[role]
        metadata.signed.version += 1
        metadata.signed.expires = tomorrow
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private))
        metadata.sign(CryptoSigner(key, Key.from_dict(keyid, public)))
        metadata.to_file(str(folder / f"{metadata.signed.version}.{role}.json"), compact)

    target = Metadata[Targets].from_file(str(folder / "bin.json"))
    target.signed.targets[path] = TargetFile(1_400_000, {"sha256": "5a" * 32}, path)
    signed("bin", target)
    snapshot = Metadata[Snapshot].from_file(str(folder / "snapshot.json"))
    snapshot.signed.meta["bin-0000.json"] = MetaFile(target.signed.version)
    signed("snapshot", snapshot)
    timestamp = Metadata[Timestamp].from_file(str(folder / "timestamp.json"))
    timestamp.signed.snapshot_meta = MetaFile(snapshot.signed.version)
    signed("timestamp", timestamp)
    used = resource.getrusage(resource.RUSAGE_SELF)
    wall = (time.perf_counter() - STARTED) * 1e3
    return {"cpu": (used.ru_utime + used.ru_stime) * 1e3, "wall": wall, "peakBytes": used.ru_maxrss * 1024}


def steps(folder, rounds):
    samples = [timed(lambda: publish(folder, f"packages/steps/file-{each}.whl")) for each in range(int(rounds))]
    return {"stepsCpu": median(cpu for cpu, _ in samples[len(samples) // 2 :])}


command, *arguments = sys.argv[1:]
commands = {"verify": verify, "refresh": refresh, "publish": publish, "steps": steps}
print(json.dumps(commands[command](*arguments)))
