/**
 * What the codes of an operating system, of its resolver and of TLS mean, in words, and what helps. Like errors.ts it is
 * imported from anywhere.
 * @module
 */

/** What a code says, and what a person can do about it if a look at the path or URL does not tell. */
interface SystemReason {
  readonly reason: string;
  readonly remedy?: string;
}

/** The reasons that we also state without the operating system. */
export const IS_FOLDER = "it is a folder";
export const EXISTS_ALREADY = "it exists already";

const ROOM = "make room there, and run the command again";
const LEAVE = "choose a place that you may write to, or ask its owner for permission";
const WRITABLE = "choose a place that is not mounted read-only; commands that only read work there";
const REACH = "check the connection and the URL, or name another mirror";
const CERTIFICATE =
  "check the URL and this machine's clock; for an authority of your own, name its certificate in NODE_EXTRA_CA_CERTS";
const HTTPS = "the server may speak http: and not https: at this port; check the URL";

const REASONS: ReadonlyMap<string, SystemReason> = new Map<string, SystemReason>([
  // Files.
  ["ENOENT", { reason: "there is no such file or folder" }],
  ["EISDIR", { reason: IS_FOLDER }],
  ["ENOTDIR", { reason: "part of the path is not a folder" }],
  ["EACCES", { reason: "permission denied", remedy: LEAVE }],
  ["EPERM", { reason: "not permitted", remedy: LEAVE }],
  ["EEXIST", { reason: EXISTS_ALREADY }],
  ["ENOTEMPTY", { reason: IS_FOLDER }],
  ["ENOSPC", { reason: "no space left", remedy: ROOM }],
  ["EDQUOT", { reason: "no space left in the quota", remedy: ROOM }],
  ["EFBIG", { reason: "the file would be too large for the file system or its limit", remedy: ROOM }],
  ["EROFS", { reason: "the file system is read-only", remedy: WRITABLE }],
  ["ENAMETOOLONG", { reason: "the name is too long for the file system" }],
  ["ELOOP", { reason: "it is a symbolic link, or its links go round in a circle" }],
  [
    "EMFILE",
    {
      reason: "too many files are open",
      remedy: "raise the limit of open files (`ulimit -n`), and try again",
    },
  ],
  ["ENFILE", { reason: "too many files are open on this machine", remedy: "try again later" }],
  [
    "EXDEV",
    { reason: "the folder spans two file systems", remedy: "keep all of the folder on one file system" },
  ],
  ["EBUSY", { reason: "it is in use", remedy: "end what uses it, and run the command again" }],
  ["ETXTBSY", { reason: "it is a program that runs now" }],
  [
    "EIO",
    { reason: "the disk or its driver failed", remedy: "look at the system's log before you trust the disk" },
  ],
  ["EINVAL", { reason: "the file system does not take this name or this operation" }],
  ["ENXIO", { reason: "it is a socket or a device, and no file" }],
  // Connections.
  [
    "ECONNREFUSED",
    {
      reason: "nobody answers at this address and port",
      remedy: "is the server running? Check the URL and its port",
    },
  ],
  ["ECONNRESET", { reason: "the other side closed the connection", remedy: REACH }],
  ["EPIPE", { reason: "the other side closed the connection", remedy: REACH }],
  ["ETIMEDOUT", { reason: "no answer came in time", remedy: REACH }],
  ["EHOSTUNREACH", { reason: "the host cannot be reached", remedy: REACH }],
  ["ENETUNREACH", { reason: "the network cannot be reached", remedy: REACH }],
  ["ENETDOWN", { reason: "the network is down", remedy: REACH }],
  ["ENOTFOUND", { reason: "there is no host of this name", remedy: "check the host's name in the URL" }],
  [
    "EAI_AGAIN",
    { reason: "the host's name cannot be looked up now", remedy: "check the connection, and try again" },
  ],
  // Certificates and TLS.
  ["CERT_HAS_EXPIRED", { reason: "the server's certificate has expired", remedy: CERTIFICATE }],
  ["CERT_NOT_YET_VALID", { reason: "the server's certificate is not valid yet", remedy: CERTIFICATE }],
  ["CERT_REVOKED", { reason: "the server's certificate is revoked", remedy: CERTIFICATE }],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    { reason: "the server signed its certificate itself", remedy: CERTIFICATE },
  ],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    { reason: "this machine does not know who signed the server's certificate", remedy: CERTIFICATE },
  ],
  [
    "UNABLE_TO_GET_ISSUER_CERT",
    { reason: "this machine does not know who signed the server's certificate", remedy: CERTIFICATE },
  ],
  [
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    { reason: "this machine does not know who signed the server's certificate", remedy: CERTIFICATE },
  ],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    { reason: "this machine does not know who signed the server's certificate", remedy: CERTIFICATE },
  ],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    { reason: "the server's certificate is for another host", remedy: CERTIFICATE },
  ],
  ["EPROTO", { reason: "the server does not speak TLS as expected", remedy: HTTPS }],
  ["ERR_SSL_WRONG_VERSION_NUMBER", { reason: "the server does not speak TLS", remedy: HTTPS }],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", { reason: "the server does not speak TLS", remedy: HTTPS }],
]);

/** Codes of TLS, which asking again does not change. */
const LASTING: ReadonlySet<string | undefined> = new Set([CERTIFICATE, HTTPS]);

/** What a code says, in words; `undefined` for a code that is not in the table. */
export function systemReason(code: string | undefined): string | undefined {
  return REASONS.get(code ?? "")?.reason;
}

/** Whether a failure with this code will be the same when it is tried again at once. */
export function isLasting(code: string | undefined): boolean {
  const known = REASONS.get(code ?? "");
  return known !== undefined && LASTING.has(known.remedy);
}

/** What a person can do about the failure that lies beneath an error; `undefined` if that is not known. */
export function systemRemedy(error: unknown): string | undefined {
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth++) {
    const found = "code" in at ? REASONS.get(String(at.code)) : undefined;
    if (found !== undefined) return found.remedy;
    // Of several that failed, such as mirrors, the first stands for all.
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}

/** The code and message beneath an error of a connection, such as `fetch` wraps. */
export function deepestOf(error: unknown): { readonly code?: string; readonly message: string } {
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error && at.cause instanceof Error; depth++) at = at.cause;
  if (!(at instanceof Error)) return { message: String(at) };
  return { message: at.message, ...("code" in at && typeof at.code === "string" ? { code: at.code } : {}) };
}
