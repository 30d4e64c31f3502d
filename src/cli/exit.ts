/**
 * Exit codes, and what a person can do about each error.
 * @module
 */
import type { TufLdError, TufLdErrorCode } from "../errors.ts";

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  noSignature: 10,
  targetNotFound: 11,
  signature: 12,
  expired: 14,
  rollback: 15,
  hash: 16,
  noTrustedRoot: 17,
  malformed: 18,
  network: 20,
  storage: 21,
  interrupted: 130,
} as const;

interface Advice {
  readonly exit: number;
  readonly hint: string;
}

/** One line per code. */
const ADVICE: Readonly<Record<TufLdErrorCode, Advice>> = {
  ERR_JSON_SYNTAX: {
    exit: EXIT.malformed,
    hint: "the file may be truncated or edited; get it again from its source",
  },
  ERR_LIMIT: {
    exit: EXIT.malformed,
    hint: "a limit protects against hostile input; no ordinary file comes near it",
  },
  ERR_SHAPE: {
    exit: EXIT.malformed,
    hint: "compare the named member with TUF 1.0.34 section 4; `tuf-ld inspect` shows the file",
  },
  ERR_CONTEXT: {
    exit: EXIT.malformed,
    hint: "only pinned contexts are accepted and none is ever fetched; contexts/pinned.md lists them",
  },
  ERR_UNDEFINED_TERM: {
    exit: EXIT.malformed,
    hint: "a signature would not cover this member; define it in a pinned context or remove it",
  },
  ERR_UNSIGNED_MEMBER: {
    exit: EXIT.malformed,
    hint: "ask the issuer to leave these members out; without --strict the rest of the credential is judged",
  },
  ERR_CANONICALIZATION: {
    exit: EXIT.malformed,
    hint: "the document's blank nodes are too much alike; give them ids",
  },
  ERR_KEY: { exit: EXIT.malformed, hint: "`tuf-ld key show FILE` tells what a key file holds" },
  ERR_PASSPHRASE: {
    exit: EXIT.other,
    hint: "type the passphrase at the prompt, or set TUF_LD_PASSPHRASE, or TUF_LD_PASSPHRASE_FILE for several",
  },
  ERR_SUITE_UNKNOWN: { exit: EXIT.usage, hint: "`tuf-ld suites` lists the suites by name and URI" },
  ERR_KEY_UNAUTHORIZED: {
    exit: EXIT.signature,
    hint: "sign with a key that the role lists; to verify, name the role with --role and its delegators with --via",
  },
  ERR_PROOF_DOMAIN: {
    exit: EXIT.signature,
    hint: "a proof counts only for the role it names; sign again with --role",
  },
  ERR_PROOF_EXPIRED: { exit: EXIT.expired, hint: "ask the signer for a new proof" },
  ERR_PROOF_PURPOSE: {
    exit: EXIT.signature,
    hint: "the proof was made to assert something else; do not use it",
  },
  ERR_PROOF_CHAIN: {
    exit: EXIT.signature,
    hint: "a proof that this one follows is missing or does not verify",
  },
  ERR_SIGNATURE: {
    exit: EXIT.signature,
    hint: "the file was changed after signing, or signed with another key; do not use it",
  },
  ERR_PROOF_SHAPE: {
    exit: EXIT.malformed,
    hint: "the proof is not written as its suite asks; get the file again from its source",
  },
  ERR_NO_SIGNATURE: {
    exit: EXIT.noSignature,
    hint: "sign it with `tuf-ld sign`, or ask for the other view with --require",
  },
  ERR_THRESHOLD_UNMET: {
    exit: EXIT.signature,
    hint: "more of the role's key holders must sign, or the file was changed after they did",
  },
  ERR_EXPIRED: {
    exit: EXIT.expired,
    hint: "get a newer version; to judge an old file as of its time, use --at DATE",
  },
  ERR_CREDENTIAL_TIME: { exit: EXIT.expired, hint: "to judge the credential at another time, use --at DATE" },
  ERR_CREDENTIAL_STATUS: { exit: EXIT.signature, hint: "the issuer took it back; ask for a new one" },
  ERR_HASH_MISMATCH: { exit: EXIT.hash, hint: "the file is not the one that was signed; do not use it" },
  ERR_LENGTH_MISMATCH: { exit: EXIT.hash, hint: "the file is not the one that was signed; do not use it" },
  ERR_FILE_NOT_FOUND: {
    exit: EXIT.network,
    hint: "check the repository's URL; a mirror may lag behind, try again later",
  },
  ERR_NETWORK: { exit: EXIT.network, hint: "check the connection and the URL, or name another mirror" },
  ERR_TARGET_NOT_FOUND: {
    exit: EXIT.targetNotFound,
    hint: "`tuf-ld list` shows the targets; paths are case-sensitive",
  },
  ERR_ROLLBACK: {
    exit: EXIT.rollback,
    hint: "a mirror may be stale or hostile; what was trusted before stays trusted",
  },
  ERR_VERSION_MISMATCH: {
    exit: EXIT.signature,
    hint: "the repository's files do not belong together; try again later or another mirror",
  },
  ERR_NO_TRUSTED_ROOT: { exit: EXIT.noTrustedRoot, hint: "start with `tuf-ld trust URL --root FILE`" },
  ERR_UNSUPPORTED: { exit: EXIT.other, hint: "use Node 20.19 or later, or a current browser" },
  ERR_NOT_A_REPOSITORY: {
    exit: EXIT.usage,
    hint: "go to the repository's folder or name it with --dir; `tuf-ld init` makes one",
  },
  ERR_ROLE_UNKNOWN: { exit: EXIT.usage, hint: "`tuf-ld status` lists the roles and what is staged" },
  ERR_EDIT: { exit: EXIT.usage, hint: "nothing was changed; `tuf-ld status` shows the roles and their keys" },
  ERR_STALE_DRAFT: {
    exit: EXIT.signature,
    hint: "the draft was edited since; make a new payload with `tuf-ld payload` and sign that",
  },
  ERR_INPUT: {
    exit: EXIT.malformed,
    hint: "correct this entry and run the command again; it goes on from there",
  },
  ERR_SUBMISSION: {
    exit: EXIT.signature,
    hint: "nothing of the submission was taken; the developer corrects it and submits again",
  },
  ERR_STORAGE: { exit: EXIT.storage, hint: "check the path and its permissions" },
};

/** The exit code of an error. */
export function exitCodeOf(code: TufLdErrorCode): number {
  return ADVICE[code].exit;
}

/** What to do about an error, in one line. */
export function hintFor(code: TufLdErrorCode): string {
  return ADVICE[code].hint;
}

/** Reasons of ERR_STORAGE that no look at the path's permissions explains. */
const BY_REASON: ReadonlyMap<string, string> = new Map([
  ["there is a repository already", "`tuf-ld status` shows it; name another folder for a new one"],
  ["no space left", "make room there, and run the command again"],
  ["no space left in the quota", "make room there, and run the command again"],
]);

/** As `hintFor`, by what the error says and by what the command is about. */
export function hintAfter(command: string, { code, details }: TufLdError): string {
  const special = code === "ERR_STORAGE" && "reason" in details ? BY_REASON.get(details.reason) : undefined;
  if (special !== undefined) return special;
  if (code === "ERR_LIMIT" && "limit" in details && details.limit === "rootRotations")
    return "run the same command again: what was kept is not downloaded again";
  // Who publishes looks at keys and signatures of their own, and not at a file from elsewhere.
  if (code === "ERR_THRESHOLD_UNMET" && command === "tuf-ld publish")
    return "`tuf-ld status` tells whose private keys are here, who still has to sign, and how";
  return hintFor(code);
}
