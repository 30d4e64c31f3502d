/**
 * The rules of the client workflow (TUF 1.0.34, section 5), each by its number. Pure: no clock, no I/O, no
 * cryptography. Signatures come in as checked findings, time as an instant, and a broken rule is thrown as an
 * error with its facts. The client decides what to fetch; these decide what to believe.
 * @module
 */
import { ownMember } from "../encoding/ownMember.ts";
import { TufLdError } from "../errors.ts";
import type { FileCheck } from "../proof/checkFile.ts";
import { distinctKeys, type RoleKeys } from "../proof/roleKeys.ts";
import type { Policy } from "../proof/threshold.ts";
import type { MetaFile, Root, Signed, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";

/** TUF 5.3.4, 5.4.2, 5.5.3, 5.6.3: a threshold of the role's keys signed. @throws ERR_NO_SIGNATURE, ERR_THRESHOLD_UNMET */
export function assertSigned(role: RoleKeys, { count, findings }: FileCheck): void {
  if (count.met) return;
  const { policy, threshold } = count;
  const valid = count.keys.length;
  if (findings.every(({ outcome }) => outcome === "ignored")) {
    const message = `no ${KINDS[policy]} by a key of the role "${role.name}"`;
    throw new TufLdError("ERR_NO_SIGNATURE", message, { role: role.name, view: policy });
  }
  const what = policy === "either" ? "signed" : `made a valid ${KINDS[policy]}`;
  const invalid = findings.filter(({ outcome }) => outcome === "invalid").length;
  const wrong =
    invalid === 0 ? "" : `; ${invalid} ${invalid === 1 ? "is" : "are"} not valid for this document`;
  const message = `${valid} of the ${distinctKeys(role)} keys of "${role.name}" ${what}, ${threshold} must${wrong}`;
  throw new TufLdError("ERR_THRESHOLD_UNMET", message, { role: role.name, valid, threshold });
}

/** What a policy counts, in words. */
const KINDS: Readonly<Record<Policy, string>> = {
  either: "signature",
  classic: "classic signature",
  linked: "linked proof",
  both: "classic signature and a linked proof",
};

/** TUF 5.3.10, 5.4.4, 5.5.6, 5.6.5: `expires` lies after the fixed update start time (5.2). @throws ERR_EXPIRED */
export function assertCurrent(role: string, { expires }: Pick<Signed, "expires">, at: Date): void {
  if (Date.parse(expires) > at.getTime()) return;
  const instant = at.toISOString();
  const message = `"${role}" expired at ${expires}, judged at ${instant}`;
  throw new TufLdError("ERR_EXPIRED", message, { role, expires, at: instant });
}

/** TUF 5.3.5: root versions follow one another without a gap. @throws ERR_ROLLBACK, ERR_VERSION_MISMATCH */
export function assertNextRoot(trusted: Root, offered: Root): void {
  assertNotOlder("root", trusted, offered);
  const { version: actual } = offered;
  const expected = trusted.version + 1;
  if (actual === expected) return;
  const message =
    actual < expected
      ? `this is not the trusted root, and both say that they are version ${actual}`
      : `root version ${actual} does not follow the trusted root, version ${trusted.version}: those between are missing`;
  throw new TufLdError("ERR_VERSION_MISMATCH", message, { role: "root", expected, actual });
}

/** What is trusted never becomes older. @throws ERR_ROLLBACK */
export function assertNotOlder(
  role: string,
  trusted: Pick<Signed, "version">,
  offered: Pick<Signed, "version">,
): void {
  if (offered.version < trusted.version) throw rollback(role, trusted.version, offered.version);
}

/**
 * TUF 5.4.3: a timestamp is not older than the trusted one, nor is the snapshot it names.
 *
 * @returns whether it is newer; an equal version is no update, and no error either (5.4.3.1)
 * @throws ERR_ROLLBACK
 */
export function isNewerTimestamp(trusted: Timestamp | undefined, offered: Timestamp): boolean {
  if (trusted === undefined) return true;
  assertNotOlder("timestamp", trusted, offered);
  if (offered.version === trusted.version) return false;
  const before = snapshotEntry(trusted).version;
  const now = snapshotEntry(offered).version;
  if (now < before) throw rollback("snapshot", before, now);
  return true;
}

/** What a timestamp says of the snapshot; the validator made sure that it says something (TUF 4.6). */
export function snapshotEntry(timestamp: Timestamp): MetaFile {
  return timestamp.meta["snapshot.json"] as MetaFile;
}

/** TUF 5.5.4: the snapshot is the version that the timestamp names. @throws ERR_VERSION_MISMATCH */
export function assertNamedSnapshot(timestamp: Timestamp, offered: Snapshot): void {
  assertVersion("snapshot", snapshotEntry(timestamp).version, offered);
}

/** TUF 5.5.5: every targets file that was listed still is, and none is older. @throws ERR_ROLLBACK */
export function assertNoRollback(trusted: Snapshot | undefined, offered: Snapshot): void {
  if (trusted === undefined) return;
  for (const name of Object.keys(trusted.meta)) {
    const before = (trusted.meta[name] as MetaFile).version;
    const now = Object.hasOwn(offered.meta, name) ? (offered.meta[name] as MetaFile).version : 0;
    if (now < before) throw rollback(name, before, now);
  }
}

/** TUF 5.6.1: what the snapshot says of a targets role. @throws ERR_VERSION_MISMATCH when it says nothing */
export function targetsEntry(snapshot: Snapshot, role: string): MetaFile {
  const name = `${role}.json`;
  if (Object.hasOwn(snapshot.meta, name)) return snapshot.meta[name] as MetaFile;
  const message = `the snapshot, version ${snapshot.version}, does not list ${name}`;
  throw new TufLdError("ERR_VERSION_MISMATCH", message, { role, expected: 0, actual: 0 });
}

/** TUF 5.6.4: targets metadata is the version that the snapshot names. @throws ERR_VERSION_MISMATCH */
export function assertNamedTargets(snapshot: Snapshot, role: string, offered: Targets): void {
  assertVersion(role, targetsEntry(snapshot, role).version, offered);
}

/**
 * TUF 5.3.11: whether a root gives timestamp or snapshot other keys than the one before. Then what was trusted
 * of these two roles is forgotten, so that a client recovers from versions that an attacker drove up.
 */
export function rotatesOnlineKeys(before: Root, after: Root): boolean {
  return (["timestamp", "snapshot"] as const).some((role) => keySet(before, role) !== keySet(after, role));
}

function keySet(root: Root, role: "timestamp" | "snapshot"): string {
  const { keyids = [], threshold } = root.roles[role] ?? {};
  const values = keyids.map((keyid) => JSON.stringify(ownMember(root.keys, keyid)?.keyval.public ?? keyid));
  return `${threshold} ${values.sort().join(" ")}`;
}

function assertVersion(role: string, expected: number, { version: actual }: Pick<Signed, "version">): void {
  if (actual === expected) return;
  const message = `"${role}" is version ${actual}, version ${expected} was expected`;
  throw new TufLdError("ERR_VERSION_MISMATCH", message, { role, expected, actual });
}

function rollback(role: string, trusted: number, offered: number): TufLdError {
  const message =
    offered === 0
      ? `${role}, trusted at version ${trusted}, has been dropped`
      : `"${role}" version ${offered} is older than the trusted version ${trusted}`;
  return new TufLdError("ERR_ROLLBACK", message, { role, trusted, offered });
}
