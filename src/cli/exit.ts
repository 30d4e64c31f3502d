/**
 * Exit codes, and what a person can do about each error.
 * @module
 */
import { type Subject, subjectOf, TufLdError, type TufLdErrorCode } from "../errors.ts";
import { systemRemedy } from "../systemReasons.ts";

/** Exit codes of every command. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  noSignature: 10,
  targetNotFound: 11,
  signature: 12,
  uncheckable: 13,
  expired: 14,
  rollback: 15,
  hash: 16,
  noTrustedRoot: 17,
  malformed: 18,
  network: 20,
  storage: 21,
  interrupted: 130,
} as const;

/**
 * Who reads a hint: somebody who uses a repository of others, somebody who publishes one, or somebody with a document
 * or key at hand.
 */
export type Audience = "client" | "publisher" | "documents";

export const AUDIENCES: readonly Audience[] = ["client", "publisher", "documents"];

interface Advice {
  readonly exit: number;
  /** What helps whoever reads it, or what helps each. A client has no keys, and is never told to sign. */
  readonly hint: string | Readonly<Record<Audience, string>>;
}

/** What a client does about a file that is not what it should be. */
const TELL = "tell whoever runs the repository, or try another mirror";
/** What a client does about a file that the trusted keys have not signed. */
const OTHER_ROOT =
  "perhaps your root is not that of this repository, or its keys were made anew: ask who publishes it for its root, then `tuf-ld trust URL --root FILE --replace`";

/** One line per code. */
const ADVICE: Readonly<Record<TufLdErrorCode, Advice>> = {
  ERR_JSON_SYNTAX: {
    exit: EXIT.malformed,
    hint: {
      client: `what is served there is not JSON, and so no metadata: check the URL (a server has to answer for a missing file with status 404), or ${TELL}`,
      publisher: "the file may be truncated or edited; put it back from a backup or mirror, or make it anew",
      documents: "the file may be truncated or edited; get it again from its source",
    },
  },
  ERR_LIMIT: {
    exit: EXIT.malformed,
    hint: "a limit protects against hostile input; no ordinary file comes near it",
  },
  ERR_SHAPE: {
    exit: EXIT.malformed,
    hint: {
      client: `what is served there is not valid TUF metadata: check the URL, or ${TELL}`,
      publisher: "compare the named member with TUF 1.0.34 section 4; `tuf-ld inspect` shows the file",
      documents: "compare the named member with TUF 1.0.34 section 4; `tuf-ld inspect` shows the file",
    },
  },
  ERR_CONTEXT: {
    exit: EXIT.malformed,
    hint: {
      client: `only pinned contexts are accepted, and none is ever fetched: ${TELL}`,
      publisher: "only pinned contexts are accepted and none is ever fetched; contexts/pinned.md lists them",
      documents:
        "no context is ever fetched: give the file of one that is not pinned with --context URL=FILE",
    },
  },
  ERR_UNDEFINED_TERM: {
    exit: EXIT.malformed,
    hint: {
      client: `a signature would not cover this member: ${TELL}`,
      publisher: "a signature would not cover this member; define it in a pinned context or remove it",
      documents: "a signature would not cover this member; define it in a pinned context or remove it",
    },
  },
  ERR_UNSIGNED_MEMBER: {
    exit: EXIT.malformed,
    hint: "ask the issuer to leave these members out; without --strict the rest of the credential is judged",
  },
  ERR_CANONICALIZATION: {
    exit: EXIT.malformed,
    hint: {
      client: `the document is of no use as it is: ${TELL}`,
      publisher: "the document's blank nodes are too much alike; give them ids",
      documents: "the document's blank nodes are too much alike; give them ids",
    },
  },
  ERR_KEY: {
    exit: EXIT.malformed,
    hint: {
      client: `a key in the metadata is malformed: ${TELL}`,
      // Not `key show FILE`: it reads the same forms, and would say the same.
      publisher:
        "`tuf-ld key show --help` lists the forms of keys that are read, and how one of several is named",
      documents:
        "`tuf-ld key show --help` lists the forms of keys that are read, and how one of several is named",
    },
  },
  ERR_PASSPHRASE: {
    exit: EXIT.other,
    hint: "type the passphrase at the prompt, or set TUF_LD_PASSPHRASE, or TUF_LD_PASSPHRASE_FILE for several",
  },
  ERR_SUITE_UNKNOWN: { exit: EXIT.usage, hint: "`tuf-ld suites` lists the suites by name and URI" },
  ERR_KEY_UNAUTHORIZED: {
    exit: EXIT.signature,
    hint: {
      client: `nothing that you trust names such a key for this role: ${TELL}`,
      publisher: "use a key that the role lists; `tuf-ld status` shows them",
      documents:
        "sign with a key that the role lists; to verify, name the role with --role and its delegators with --via",
    },
  },
  ERR_PROOF_DOMAIN: {
    exit: EXIT.signature,
    hint: {
      client: `the proof was made for another role, and does not count for this one: ${TELL}`,
      publisher: "a proof counts only for the role it names; sign the draft of this role",
      documents: "a proof counts only for the role it names; sign again with --role",
    },
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
    hint: "the file was changed after it was signed, or signed with another key; do not use it",
  },
  ERR_PROOF_SHAPE: {
    exit: EXIT.malformed,
    hint: "the proof is not written as its suite asks; get the file again from its source",
  },
  ERR_NO_SIGNATURE: {
    exit: EXIT.noSignature,
    hint: {
      client: `none of the keys that you trust for this role has signed: ${OTHER_ROOT}`,
      publisher: "`tuf-ld status` tells who has to sign, and how",
      documents: "sign it with `tuf-ld sign`, or ask for the other view with --require",
    },
  },
  ERR_THRESHOLD_UNMET: {
    exit: EXIT.signature,
    hint: {
      client: `too few of the keys that you trust have signed this file as it is, and nothing of it was taken: ${OTHER_ROOT}`,
      publisher: "`tuf-ld status` tells whose private keys are here, who still has to sign, and how",
      documents: "more of the role's key holders must sign, or the file was changed after they did",
    },
  },
  ERR_EXPIRED: {
    exit: EXIT.expired,
    hint: {
      client:
        "whoever runs the repository has to renew it; try again later or another mirror, and check this machine's clock",
      publisher: "`tuf-ld publish --renew` makes a newer version",
      documents: "get a newer version; to judge an old file as of its time, use --at DATE",
    },
  },
  ERR_CREDENTIAL_TIME: { exit: EXIT.expired, hint: "to judge the credential at another time, use --at DATE" },
  ERR_CREDENTIAL_STATUS: { exit: EXIT.signature, hint: "the issuer took it back; ask for a new one" },
  ERR_HASH_MISMATCH: { exit: EXIT.hash, hint: "the file is not the one that was signed; do not use it" },
  ERR_HASH_UNKNOWN: {
    exit: EXIT.uncheckable,
    hint: "this says nothing against the file; ask the publisher to state its SHA-256 too",
  },
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
    hint: {
      client: "a mirror may be stale or hostile; what was trusted before stays trusted",
      publisher:
        "something older than what was published lies here; put back the newest from a mirror or backup",
      documents: "a newer version is trusted already; get the newest",
    },
  },
  ERR_VERSION_MISMATCH: {
    exit: EXIT.signature,
    hint: {
      client: "the repository's files do not belong together; try again later or another mirror",
      publisher: "the repository's files do not belong together; put back the newest from a mirror or backup",
      documents: "the files do not belong together; get all of them from one place at one time",
    },
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
    hint: "correct what is named, if it is yours, and run the command again",
  },
  ERR_SUBMISSION: {
    exit: EXIT.signature,
    hint: "nothing of the submission was taken; the developer corrects it and submits again",
  },
  ERR_CONFLICT: {
    exit: EXIT.storage,
    hint: "nothing was lost, and what is staged still waits; run the command again",
  },
  ERR_STORAGE: { exit: EXIT.storage, hint: "check the path and its permissions" },
};

/** Every code, in the order of the table. */
export const CODES = Object.keys(ADVICE) as readonly TufLdErrorCode[];

/** The exit code of an error. */
export function exitCodeOf(code: TufLdErrorCode): number {
  return ADVICE[code].exit;
}

/** What to do about an error, in one line, for whoever reads it. */
export function hintFor(code: TufLdErrorCode, audience: Audience): string {
  const { hint } = ADVICE[code];
  return typeof hint === "string" ? hint : hint[audience];
}

/** What a refusal says, whether it was thrown or is a step of a report. */
export interface Refusal {
  readonly code: TufLdErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly about: Subject;
}

/** As `hintFor`, by what the error says. */
export function hintAfter(error: TufLdError | Refusal, audience: Audience): string {
  const { code } = error;
  const { facts, about } = error instanceof TufLdError ? refusalOf(error) : error;
  const special = specialHint(code, facts, about, audience);
  if (special !== undefined) return special;
  const remedy = code === "ERR_STORAGE" || code === "ERR_NETWORK" ? systemRemedy(error) : undefined;
  return remedy ?? hintFor(code, audience);
}

function refusalOf(error: TufLdError): Refusal {
  return { code: error.code, facts: { ...error.details }, about: subjectOf(error) };
}

function specialHint(
  code: TufLdErrorCode,
  facts: Refusal["facts"],
  about: Subject,
  audience: Audience,
): string | undefined {
  if (code === "ERR_STORAGE" && facts["reason"] === "there is a repository already")
    return "`tuf-ld status` shows it; name another folder for a new one";
  if (code === "ERR_UNSUPPORTED" && String(facts["what"]).startsWith("private keys"))
    return "`openssl pkcs8 -topk8 -in FILE -out NEW.pem` writes it in a form that is read";
  if (code === "ERR_LIMIT" && facts["limit"] === "rootRotations")
    return "run the same command again: what was kept is not downloaded again";
  if (audience === "client") {
    // A file of this machine, such as a map, is not what a repository serves.
    if (MALFORMED.has(code) && about.url === undefined) return hintFor(code, "documents");
    if (code === "ERR_NO_SIGNATURE" && typeof facts["view"] === "string" && facts["view"] !== "either")
      return `--require asks for ${facts["view"]} here, which this repository may not have; or ${OTHER_ROOT}`;
  }
  // Keys at hand do not help where what lies in the repository is not what they signed.
  if (audience === "publisher" && UNSIGNED.has(code) && about.file !== undefined)
    return `${about.file} is not what your keys signed: put it back from a mirror or backup, and see who can write there`;
  return undefined;
}

const MALFORMED: ReadonlySet<TufLdErrorCode> = new Set(["ERR_JSON_SYNTAX", "ERR_SHAPE", "ERR_CONTEXT"]);
const UNSIGNED: ReadonlySet<TufLdErrorCode> = new Set(["ERR_NO_SIGNATURE", "ERR_THRESHOLD_UNMET"]);
