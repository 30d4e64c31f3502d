"""What python-tuf takes for the same work, in its own process. Prints one JSON object.

    python_tuf.py verify ROUNDS ROOT TARGETS          load and verify one targets file
    python_tuf.py refresh METADATA_URL ROOT [PATH]    a full refresh from nothing, and a lookup; its own start counts
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


command, *arguments = sys.argv[1:]
print(json.dumps({"verify": verify, "refresh": refresh}[command](*arguments)))
