/// <reference types="node" />
/**
 * Keys of OpenSSH, read by sshpk, which is loaded at first use. What it has read is checked like any other key.
 * @module
 */
import { decodePem, isPem } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { privateKeyFromPem } from "../key/pemPrivateKey.ts";
import { writePkcs8 } from "../key/pkcs8.ts";
import { PrivateKey } from "../key/privateKey.ts";
import { createPublicKey, type PublicKey } from "../key/publicKey.ts";
import { publicKeyFromPem } from "../key/spki.ts";
import type { EcCurve } from "../platform/sec1.ts";

const LABEL = "OPENSSH PRIVATE KEY";
/** Lines of public keys: the kind, base64, and a comment. */
const PUBLIC = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+[ \t]+AAAA/m;
/** Rounds of bcrypt; `ssh-keygen` asks for 24 unless it is told otherwise. */
const ROUNDS_MAX = 1_000;

/** Curves as SSH calls them (RFC 5656 10.1), and the bytes of their private numbers. */
const CURVES: ReadonlyMap<string, readonly [EcCurve, number]> = new Map([
  ["nistp256", ["P-256", 32]],
  ["nistp384", ["P-384", 48]],
]);

const load = async () => (await import("sshpk")).default;

/** Whether a text is a private key of OpenSSH. */
export const isOpenSshPrivate = (text: string): boolean => text.includes(`-----BEGIN ${LABEL}-----`);

/** Whether a text consists of public keys of OpenSSH. */
export const isOpenSshPublic = (text: string): boolean => !isPem(text) && PUBLIC.test(text);

/** A public key and its comment. */
export interface OpenSshKey {
  readonly name: string | undefined;
  readonly publicKey: PublicKey;
}

/** Reads public keys, one a line. @throws ERR_KEY */
export async function openSshPublicKeys(text: string): Promise<OpenSshKey[]> {
  const sshpk = await load();
  const keys: OpenSshKey[] = [];
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [, , ...comment] = line.split(/[ \t]+/);
    const key = attempt(() => sshpk.parseKey(line, "ssh"));
    const publicKey =
      key.type === "ed25519"
        ? createPublicKey("Ed25519", new Uint8Array(key.part["A"]?.data ?? []))
        : publicKeyFromPem(attempt(() => key.toString("pkcs8")));
    keys.push({ name: comment.join(" ") || undefined, publicKey });
  }
  return keys;
}

/**
 * Reads a private key.
 * @throws ERR_KEY; ERR_PASSPHRASE missing or wrong; ERR_LIMIT for more than 1,000 rounds of bcrypt
 */
export async function openSshPrivateKey(text: string, passphrase?: string): Promise<PrivateKey> {
  const { label, bytes } = decodePem(text);
  if (label !== LABEL) refuse("ERR_KEY", `PEM of a ${label}, not of an ${LABEL}`);
  const rounds = roundsOf(bytes);
  if (rounds > ROUNDS_MAX) {
    const details = { limit: "rounds of bcrypt", allowed: ROUNDS_MAX, actual: rounds };
    throw new TufLdError("ERR_LIMIT", `${rounds} rounds of bcrypt, over ${ROUNDS_MAX}`, details);
  }
  if (rounds > 0 && !passphrase) {
    const message = "the private key is encrypted: it needs a passphrase";
    throw new TufLdError("ERR_PASSPHRASE", message, { reason: "missing" });
  }
  const sshpk = await load();
  const key = attempt(() => sshpk.parsePrivateKey(text, "ssh-private", rounds > 0 ? { passphrase } : {}));
  const curve = CURVES.get(key.curve ?? "");
  if (curve !== undefined) {
    const [type, size] = curve;
    const secret = fixedLength(key.part["d"]?.data ?? new Uint8Array(), size);
    const point = new Uint8Array(key.part["Q"]?.data ?? []);
    return PrivateKey.fromPkcs8(writePkcs8({ type, secret, point }));
  }
  if (key.type !== "ed25519") return privateKeyFromPem(attempt(() => key.toString("pkcs8")));
  const secret = new Uint8Array(key.part["k"]?.data ?? []);
  return PrivateKey.fromPkcs8(writePkcs8({ type: "Ed25519", secret }));
}

/**
 * A number of SSH (RFC 4251 5) at the length that RFC 5915 asks for: SSH writes it without zeros in front, but with one
 * before a first bit that is set, and sshpk passes it on as it is.
 */
function fixedLength(number: Uint8Array, size: number): Uint8Array {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(start < 0 ? number.length : start);
  const bytes = new Uint8Array(Math.max(size, digits.length));
  bytes.set(digits, bytes.length - digits.length);
  return bytes;
}

/** How often a passphrase is stirred (PROTOCOL.key of OpenSSH); 0 for a key that is not encrypted. */
function roundsOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = "openssh-key-v1\0".length;
  const number = (): number => {
    if (at + 4 > bytes.length) return refuse("ERR_KEY", `an ${LABEL} that is cut off`);
    at += 4;
    return view.getUint32(at - 4);
  };
  const skip = (): number => {
    const length = number();
    at += length;
    return length;
  };
  skip(); // the cipher
  skip(); // the derivation
  // Its options: a text that holds the salt and the number, and is empty without a derivation.
  if (number() === 0) return 0;
  skip();
  return number();
}

/** What sshpk refuses, as a code. */
function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (/passphrase/i.test(why)) {
      const message = "the passphrase does not decrypt the private key";
      throw new TufLdError("ERR_PASSPHRASE", message, { reason: "wrong" }, { cause });
    }
    return refuse("ERR_KEY", "a key of OpenSSH of a kind that is not read here, or damaged", cause);
  }
}
