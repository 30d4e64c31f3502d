/**
 * One error class, a closed union of stable codes, and the facts of each.
 * @module
 */

/** A place in a text: 1-based line and column, 0-based byte offset. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** The facts each code carries. One line per code, so that this table is the documentation. */
export interface Details {
  /** The text is not JSON, or is JSON that two readers could understand differently. */
  ERR_JSON_SYNTAX: TextPosition & { reason: string };
  /** A document is larger or nested deeper than the caller allows. Raise the named limit if you trust it. */
  ERR_LIMIT: { limit: string; allowed: number; actual?: number };
  /** The document is valid JSON but has not the exact shape of its kind. `path` is a JSON Pointer. */
  ERR_SHAPE: { path: string; reason: string };
  /** `@context` is not one of the pinned lists, or names a context that is not pinned. */
  ERR_CONTEXT: { context: string };
  /** A JSON-LD processor would drop or misread part of a foreign document. */
  ERR_UNDEFINED_TERM: { term: string };
  /** Members that readers see and that nothing signs, as JSON Pointers. Only a strict check refuses them. */
  ERR_UNSIGNED_MEMBER: { members: readonly string[] };
  /** RDF canonicalization would cost more than the caller allows. */
  ERR_CANONICALIZATION: { reason: string };
  /** A key is malformed, of small order, or of a kind no suite here uses. */
  ERR_KEY: { reason: string };
  /** A key file needs a passphrase, or the passphrase is wrong. */
  ERR_PASSPHRASE: { reason: "missing" | "wrong" };
  /** No accepted suite has this URI or name. */
  ERR_SUITE_UNKNOWN: { suite: string };
  /** The key that made a proof or signature is not one of the role's keys: it counts for nothing. */
  ERR_KEY_UNAUTHORIZED: { role: string; key: string };
  /** A proof was made for another role, or for none: `domain` must name the role (ARCHITECTURE, "Bound to its role"). */
  ERR_PROOF_DOMAIN: { expected: string; actual: string };
  /** A proof's own `expires` has passed. */
  ERR_PROOF_EXPIRED: { expires: string; at: string };
  /** A proof was made for another purpose than the one asked about. */
  ERR_PROOF_PURPOSE: { expected: string; actual: string };
  /** `previousProof` names a proof that is missing, ambiguous, or not valid. */
  ERR_PROOF_CHAIN: { reason: string };
  /** The signature is not this key's over this document. */
  ERR_SIGNATURE: { suite: string; key: string };
  /** A proof or signature is not of the shape its suite asks for. */
  ERR_PROOF_SHAPE: { reason: string };
  /** The document has no proof or signature of the kind that was asked for. */
  ERR_NO_SIGNATURE: { role: string; view: string };
  /** Fewer distinct keys signed than the role's threshold. */
  ERR_THRESHOLD_UNMET: { role: string; valid: number; threshold: number };
  /** The document's `expires` is not after the instant asked about. */
  ERR_EXPIRED: { role: string; expires: string; at: string };
  /** A credential is not valid yet, or not any more. */
  ERR_CREDENTIAL_TIME: { member: string; value: string; at: string };
  /** The caller's own check found that a credential's issuer has revoked or suspended it. */
  ERR_CREDENTIAL_STATUS: { issuer: string };
  /** A file's length or hash is not the one that signed metadata names. */
  ERR_HASH_MISMATCH: { path: string; algorithm: string; expected: string; actual: string };
  /** Signed metadata states no hash of a kind that is known here, so that the file cannot be checked; nothing was compared. */
  ERR_HASH_UNKNOWN: { path: string; algorithms: string };
  /** A file is longer or shorter than signed metadata says. */
  ERR_LENGTH_MISMATCH: { path: string; expected: number; actual: number };
  /** A source says that it has no such file. */
  ERR_FILE_NOT_FOUND: { url: string };
  /** A file could not be fetched: no connection, a server error, a deadline, or too slow a source. */
  ERR_NETWORK: { url: string; reason: string };
  /** No role that may speak for this path lists it. */
  ERR_TARGET_NOT_FOUND: { path: string };
  /** Metadata is older than what was trusted before: a rollback attack, or a stale mirror. */
  ERR_ROLLBACK: { role: string; trusted: number; offered: number };
  /** Metadata is not the version that was asked for or that signed metadata names. */
  ERR_VERSION_MISMATCH: { role: string; expected: number; actual: number };
  /** There is no root to start from. */
  ERR_NO_TRUSTED_ROOT: { place: string };
  /** The platform lacks an algorithm that is needed here. */
  ERR_UNSUPPORTED: { what: string };
  /** There is no repository in the place where one was looked for. */
  ERR_NOT_A_REPOSITORY: { place: string };
  /** The repository has no role of this name, or nothing of it is staged. */
  ERR_ROLE_UNKNOWN: { role: string };
  /** An edit would leave the repository in a state that no client could use. */
  ERR_EDIT: { role: string; reason: string };
  /** What was signed is not the draft that is staged now. */
  ERR_STALE_DRAFT: { role: string; staged: number; given: number };
  /** An entry of an import is not one that a repository can publish. */
  ERR_INPUT: { source: string; reason: string };
  /** A developer's submission breaks a rule of the index; nothing of it was taken. */
  ERR_SUBMISSION: { project: string; reason: string };
  /** Somebody else has changed a file of the repository since it was read; what they wrote stands. */
  ERR_CONFLICT: { path: string };
  /** A file could not be read or written. */
  ERR_STORAGE: { path: string; reason: string };
}

export type TufLdErrorCode = keyof Details;

/** What an error is about, as far as it is known: the members are the same for every code. */
export type Subject = {
  /** The file's name: a path, or a name within a store or a repository. */
  readonly file?: string;
  /** The role whose metadata it is. */
  readonly role?: string;
  /** Where it was fetched from. */
  readonly url?: string;
};

/** Every refusal of this package. `code` is stable; `details` has the facts; `message` is for people. */
export class TufLdError<C extends TufLdErrorCode = TufLdErrorCode> extends Error {
  override readonly name: string = "TufLdError";
  readonly code: C;
  readonly details: Details[C];
  /** The file, role and URL that the error is about. */
  readonly about: Subject;

  constructor(
    code: C,
    message: string,
    details: Details[C],
    options: ErrorOptions & { readonly about?: Subject } = {},
  ) {
    super(message, options);
    this.code = code;
    this.details = details;
    this.about = options.about ?? {};
  }
}

/** Everything that a refusal knows of its subject, whether it was told or is among its facts. */
export function subjectOf({ code, details, about }: TufLdError): Subject {
  const { url: place, role, path } = details as Partial<Record<"url" | "role" | "path", string>>;
  // Where there was nobody to ask, the name of the file stands in its place.
  const url = place?.includes(":") ? place : undefined;
  const file = FILE_CODES.has(code) ? path : url === undefined ? place : undefined;
  return {
    ...(file === undefined ? {} : { file }),
    ...(role === undefined ? {} : { role }),
    ...(url === undefined ? {} : { url }),
    ...about,
  };
}

/** Codes whose `path` names a file. */
const FILE_CODES: ReadonlySet<TufLdErrorCode> = new Set([
  "ERR_STORAGE",
  "ERR_HASH_MISMATCH",
  "ERR_LENGTH_MISMATCH",
]);

/**
 * The same refusal, which now says what it is about. Whoever knew more precisely before stays right: a member that is
 * set already is kept, and the message names a file or URL once. Whatever is not a `TufLdError` comes back as it is.
 */
export function withSubject(error: unknown, subject: Subject): unknown {
  if (!(error instanceof TufLdError)) return error;
  const { code, details, about, message } = error;
  // An error of storage is about its own path, wherever it passes by.
  if (code === "ERR_STORAGE") return error;
  const name = subject.url ?? subject.file;
  const isNamed = about.url !== undefined || about.file !== undefined || "url" in details;
  const known = "role" in details ? { role: details.role, ...about } : about;
  const role = known.role ?? subject.role;
  // The names of most files tell the role.
  const whose =
    role === undefined || name?.includes(role) || message.includes(role) ? "" : ` (role "${role}")`;
  const text =
    isNamed || name === undefined || message.includes(name) ? message : `${name}${whose}: ${message}`;
  const cause = error.cause ?? error;
  return new TufLdError(code, text, details, { cause, about: { ...subject, ...known } });
}
