/**
 * The ways a signature is written: multibase, detached JWS, hex, and hex of DER. One spelling each.
 * @module
 */
import { jcs } from "../canonical/jcs.ts";
import { parseJson } from "../document/json.ts";
import { decodeBase64url, encodeBase64url } from "../encoding/base64.ts";
import { concatBytes } from "../encoding/bytes.ts";
import { ecdsaDerToP1363, ecdsaP1363ToDer } from "../encoding/ecdsaSignature.ts";
import { decodeHex, encodeHex } from "../encoding/hex.ts";
import { decodeMultibase, encodeMultibase } from "../encoding/multibase.ts";
import { refuse } from "../encoding/refusal.ts";
import { decodeUtf8, encodeUtf8 } from "../encoding/utf8.ts";
import type { SignatureForm } from "./suite.ts";

const code = "ERR_PROOF_SHAPE";

/** Base58btc multibase, of so many bytes (vc-di-eddsa 3.1, vc-di-ecdsa 3.1). */
export function proofValueForm(...lengths: readonly number[]): SignatureForm {
  return {
    proofMember: "proofValue",
    encode: (signature) => encodeMultibase("z", signature),
    decode(text) {
      const signature = decodeMultibase(text, code, { bases: ["z"], maxBytes: Math.max(...lengths) });
      if (!lengths.includes(signature.length)) refuse(code, `proofValue of ${signature.length} bytes`);
      return signature;
    },
  };
}

/** The only header there is (lds-ed25519-2018 4, RFC 7797), in canonical form. */
const JWS_HEADER = '{"alg":"EdDSA","b64":false,"crit":["b64"]}';
/** Longest header that is read, in base64url. */
const JWS_HEADER_MAX = 200;

/**
 * Detached JWS of an Ed25519 signature over an unencoded payload. The bytes of the signature are the
 * encoded header as received, a dot, and the 64 bytes of RFC 8032; header and dot are signed too. So white
 * space in a header is no freedom of anybody but the signer.
 */
export function detachedJwsForm(): SignatureForm {
  const headerOf = (text: string): string | undefined => {
    const [encoded = ""] = text.split(".", 1);
    if (encoded.length > JWS_HEADER_MAX || !text.startsWith(`${encoded}.`)) return undefined;
    try {
      const bytes = decodeBase64url(encoded, code);
      return jcs(parseJson(bytes)) === JWS_HEADER ? decodeUtf8(bytes, true) : undefined;
    } catch {
      // What is not JSON in base64url is no header either.
      return undefined;
    }
  };
  const end = (signature: Uint8Array): number | undefined => {
    const start = signature.length - 64;
    const header = decodeUtf8(signature.subarray(0, Math.max(0, start)), false);
    return header.indexOf(".") === header.length - 1 && headerOf(header) !== undefined ? start : undefined;
  };
  return {
    proofMember: "jws",
    header: { own: encodeUtf8(`${encodeBase64url(encodeUtf8(JWS_HEADER))}.`), end },
    encode(signature) {
      const start = end(signature) ?? 0;
      return `${decodeUtf8(signature.subarray(0, start), true)}.${encodeBase64url(signature.subarray(start))}`;
    },
    decode(text) {
      const dot = text.indexOf(".");
      if (headerOf(text) === undefined || text[dot + 1] !== ".")
        return refuse(code, "not a detached JWS with the header of Ed25519Signature2018");
      const raw = decodeBase64url(text.slice(dot + 2), code);
      if (raw.length !== 64) refuse(code, `JWS signature of ${raw.length} bytes`);
      return concatBytes(encodeUtf8(text.slice(0, dot + 1)), raw);
    },
    remark(text) {
      // The order of the three members is anybody's choice.
      return /\s/.test(headerOf(text) ?? "")
        ? "the header of its JWS has white space between the tokens, and is signed as it stands"
        : undefined;
    },
  };
}

/** Hex, as TUF writes Ed25519 and RSA signatures, of so many bytes. */
export function hexForm(minBytes: number, maxBytes: number = minBytes): SignatureForm {
  return {
    proofMember: "sig",
    encode: encodeHex,
    decode(text) {
      const bytes = text.length / 2;
      if (bytes < minBytes || bytes > maxBytes) refuse(code, `signature of ${bytes} bytes`);
      return decodeHex(text, code);
    },
  };
}

/** Hex of DER, as TUF writes ECDSA signatures. @param size bytes of r and of s */
export function hexDerForm(size: number): SignatureForm {
  return {
    proofMember: "sig",
    encode: (signature) => encodeHex(ecdsaP1363ToDer(signature)),
    decode: (text) => ecdsaDerToP1363(decodeHex(text, code), size, code),
  };
}
