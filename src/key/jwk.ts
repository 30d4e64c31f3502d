/**
 * Keys as JWK (RFC 7517, RFC 7518 section 6, RFC 8037).
 * @module
 */
import { decodeBase64url, encodeBase64url } from "../encoding/base64.ts";
import { concatBytes } from "../encoding/bytes.ts";
import {
  derUnsigned,
  INTEGER,
  readDerSequence,
  SEQUENCE,
  writeDer,
  writeDerUnsigned,
} from "../encoding/der.ts";
import { refuse } from "../encoding/refusal.ts";
import { decodePoint, type EcCurve, fieldSize } from "../platform/sec1.ts";
import { readPkcs8, writePkcs8 } from "./pkcs8.ts";
import { PrivateKey } from "./privateKey.ts";
import { createPublicKey, type PublicKey } from "./publicKey.ts";
import { readRsaSpki, writeRsaSpki } from "./rsa.ts";

/** A JWK of ours has these members and no others; those of others may have more, which are ignored. */
export type Jwk = Readonly<Record<string, string>>;

/** RFC 8017 A.1.2, in the order of RSAPrivateKey after its version. */
const RSA_PRIVATE_MEMBERS = ["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const;

const isEcCurve = (curve: unknown): curve is EcCurve => curve === "P-256" || curve === "P-384";

function readMember(jwk: Readonly<Record<string, unknown>>, name: string): Uint8Array {
  const text = jwk[name];
  if (typeof text !== "string" || text === "") return refuse("ERR_KEY", `JWK without the member ${name}`);
  return decodeBase64url(text, "ERR_KEY");
}

function readCoordinate(jwk: Readonly<Record<string, unknown>>, name: string, size: number): Uint8Array {
  const bytes = readMember(jwk, name);
  if (bytes.length !== size) refuse("ERR_KEY", `the JWK member ${name} has to have ${size} bytes`);
  return bytes;
}

/**
 * Reads the public members. `alg`, `use` and `key_ops` are ignored: what a key is for is decided by the
 * metadata that lists it.
 *
 * @throws TufLdError `ERR_KEY`
 */
export function publicKeyFromJwk(jwk: Readonly<Record<string, unknown>>): PublicKey {
  const { kty, crv } = jwk;
  if (kty === "OKP" && crv === "Ed25519") return createPublicKey("Ed25519", readMember(jwk, "x"));
  if (kty === "EC" && isEcCurve(crv)) {
    const size = fieldSize(crv);
    const x = readCoordinate(jwk, "x", size);
    return createPublicKey(crv, concatBytes(Uint8Array.of(4), x, readCoordinate(jwk, "y", size)));
  }
  if (kty === "RSA") {
    return createPublicKey("RSA", writeRsaSpki({ n: readMember(jwk, "n"), e: readMember(jwk, "e") }));
  }
  return refuse("ERR_KEY", "a JWK of a kind that no suite here uses");
}

export function publicKeyToJwk({ type, bytes }: PublicKey): Jwk {
  if (type === "Ed25519") return { kty: "OKP", crv: type, x: encodeBase64url(bytes) };
  if (type === "RSA") {
    const { n, e } = readRsaSpki(bytes);
    return { kty: "RSA", n: encodeBase64url(n), e: encodeBase64url(e) };
  }
  const { x, y } = decodePoint(type, bytes) ?? refuse("ERR_KEY", `not a point of ${type}`);
  return { kty: "EC", crv: type, x: encodeBase64url(x), y: encodeBase64url(y) };
}

/**
 * Reads a private JWK; its public members must be there and must belong to it.
 * @throws TufLdError `ERR_KEY`
 */
export async function privateKeyFromJwk(jwk: Readonly<Record<string, unknown>>): Promise<PrivateKey> {
  const publicKey = publicKeyFromJwk(jwk);
  const { type } = publicKey;
  const size = type === "P-384" ? 48 : 32;
  const rsa = () => {
    const numbers = RSA_PRIVATE_MEMBERS.map((name) => writeDerUnsigned(readMember(jwk, name)));
    return writeDer(SEQUENCE, writeDer(INTEGER, Uint8Array.of(0)), ...numbers);
  };
  const secret = type === "RSA" ? rsa() : readCoordinate(jwk, "d", size);
  const key = await PrivateKey.fromPkcs8(writePkcs8({ type, secret }));
  if (key.publicKey.id !== publicKey.id) refuse("ERR_KEY", "the public part is not that of the private part");
  return key;
}

export function privateKeyToJwk(key: PrivateKey): Jwk {
  const { type, secret } = readPkcs8(key.toPkcs8());
  const jwk = publicKeyToJwk(key.publicKey);
  if (type !== "RSA") return { ...jwk, d: encodeBase64url(secret) };
  const numbers = readDerSequence(secret, "ERR_KEY").slice(1);
  const members = RSA_PRIVATE_MEMBERS.map((name, i) => [
    name,
    encodeBase64url(derUnsigned(numbers[i], "ERR_KEY")),
  ]);
  return { ...jwk, ...Object.fromEntries(members) };
}
