"""Answers questions about TUF with python-tuf: one JSON request a line, one JSON answer a line.

Bytes travel as base64. An answer is {"ok": VALUE} or {"error": TEXT}; only a broken request ends the process.
"""

import base64
import json
import os
import sys

from securesystemslib.formats import encode_canonical
from tuf.api.metadata import Metadata
from tuf.ngclient import Updater

import recipes


def read(text):
    return base64.b64decode(text)


def write(data):
    return base64.b64encode(data).decode("ascii")


def verify(delegator, role, file):
    """Whether a file carries what a delegator asks of a role; raises where it does not."""
    trusted = Metadata.from_bytes(read(delegator))
    offered = Metadata.from_bytes(read(file))
    trusted.signed.verify_delegate(role, offered.signed_bytes, offered.signatures)
    return True


def canonical(texts):
    """The OLPC canonical bytes of JSON texts."""
    return [write(encode_canonical(json.loads(text)).encode("utf-8")) for text in texts]


def reserialize(file):
    return write(Metadata.from_bytes(read(file)).to_bytes())


def update(root, metadata, targets, folder, paths):
    """Runs ngclient from a pinned root; gives the version of the root it ends with, and each file's content."""
    for name in ("metadata", "targets"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    updater = Updater(
        os.path.join(folder, "metadata"), metadata, os.path.join(folder, "targets"), targets, bootstrap=read(root)
    )
    updater.refresh()
    found = {}
    for path in paths:
        info = updater.get_targetinfo(path)
        if info is None:
            found[path] = None
            continue
        with open(updater.download_target(info), "rb") as file:
            found[path] = write(file.read())
    with open(os.path.join(folder, "metadata", "root.json"), "rb") as file:
        version = Metadata.from_bytes(file.read()).signed.version
    return {"rootVersion": version, "files": found}


def make(recipe, folder):
    """Writes a repository into a folder; gives the content of each target."""
    return recipes.RECIPES[recipe](folder)


QUESTIONS = {
    "verify": verify,
    "canonical": canonical,
    "reserialize": reserialize,
    "update": update,
    "make": make,
}

for line in sys.stdin:
    request = json.loads(line)
    question = QUESTIONS[request.pop("question")]
    try:
        answer = {"ok": question(**request)}
    except Exception as error:  # whatever a peer refuses with is an answer
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
