/**
 * The suites of classic TUF signatures (TUF 4.2, "scheme"): over the OLPC canonical JSON of `signed`.
 * @module
 */
import { ECDSA_P256, ECDSA_P384, ED25519, NO_DIGEST, OLPC, RSASSA_PSS } from "./algorithms.ts";
import { hexDerForm, hexForm } from "./forms.ts";
import { defineSuite, type Suite } from "./suite.ts";

const TUF_LD = "https://w3id.org/tuf-ld#";

export const tufEd25519: Suite = defineSuite({
  id: `${TUF_LD}tuf-ed25519`,
  name: "tuf-ed25519",
  scheme: "ed25519",
  canonicalization: OLPC,
  variants: [{ keyType: "Ed25519", digest: NO_DIGEST, signature: ED25519, signatureLength: 64 }],
  form: hexForm(64),
});

export const tufEcdsaP256: Suite = defineSuite({
  id: `${TUF_LD}tuf-ecdsa-sha2-nistp256`,
  name: "tuf-ecdsa-sha2-nistp256",
  scheme: "ecdsa-sha2-nistp256",
  canonicalization: OLPC,
  variants: [{ keyType: "P-256", digest: NO_DIGEST, signature: ECDSA_P256, signatureLength: 64 }],
  form: hexDerForm(32),
});

export const tufEcdsaP384: Suite = defineSuite({
  id: `${TUF_LD}tuf-ecdsa-sha2-nistp384`,
  name: "tuf-ecdsa-sha2-nistp384",
  scheme: "ecdsa-sha2-nistp384",
  canonicalization: OLPC,
  variants: [{ keyType: "P-384", digest: NO_DIGEST, signature: ECDSA_P384, signatureLength: 96 }],
  form: hexDerForm(48),
});

export const tufRsassaPss: Suite = defineSuite({
  id: `${TUF_LD}tuf-rsassa-pss-sha256`,
  name: "tuf-rsassa-pss-sha256",
  scheme: "rsassa-pss-sha256",
  canonicalization: OLPC,
  variants: [{ keyType: "RSA", digest: NO_DIGEST, signature: RSASSA_PSS, signatureLength: undefined }],
  // RSA keys that are read here have 2,048 to 8,192 bits.
  form: hexForm(256, 1024),
});
