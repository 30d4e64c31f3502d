/**
 * The suites of linked proofs.
 *
 * The URI of a suite of its own type is what `type` expands to. A cryptosuite of Data Integrity is a
 * string and has no URI of its own, so we name it in the security vocabulary, where `cryptosuite` lives,
 * and know its section in the Recommendation as an alias.
 * @module
 */
import { ECDSA_P256, ECDSA_P384, ED25519, JCS, RDFC_1_0, SHA_256, SHA_384, URDNA2015 } from "./algorithms.ts";
import { detachedJwsForm, proofValueForm } from "./forms.ts";
import { defineSuite, type Suite, type SuiteVariant } from "./suite.ts";

const SECURITY = "https://w3id.org/security#";
const DI_PROOF = "DataIntegrityProof";

const ed25519: SuiteVariant = {
  keyType: "Ed25519",
  digest: SHA_256,
  signature: ED25519,
  signatureLength: 64,
};

/** vc-di-eddsa, section 3.4 */
export const Ed25519Signature2020: Suite = defineSuite({
  id: `${SECURITY}Ed25519Signature2020`,
  aliases: [
    "https://w3id.org/security/suites/ed25519-2020#Ed25519Signature2020",
    "https://www.w3.org/TR/vc-di-eddsa/#ed25519signature2020",
  ],
  name: "Ed25519Signature2020",
  proofType: "Ed25519Signature2020",
  canonicalization: URDNA2015,
  variants: [ed25519],
  form: proofValueForm(64),
});

/** Superseded; for documents that exist. Drafts before July 2021 said SHA-512, and nobody shipped that. */
export const Ed25519Signature2018: Suite = defineSuite({
  id: `${SECURITY}Ed25519Signature2018`,
  aliases: ["https://w3id.org/security/suites/ed25519-2018#Ed25519Signature2018"],
  name: "Ed25519Signature2018",
  proofType: "Ed25519Signature2018",
  canonicalization: URDNA2015,
  variants: [ed25519],
  form: detachedJwsForm(),
});

/** vc-di-eddsa, section 3.2 */
export const eddsaRdfc2022: Suite = defineSuite({
  id: `${SECURITY}eddsa-rdfc-2022`,
  aliases: ["https://www.w3.org/TR/vc-di-eddsa/#eddsa-rdfc-2022"],
  name: "eddsa-rdfc-2022",
  proofType: DI_PROOF,
  cryptosuite: "eddsa-rdfc-2022",
  canonicalization: RDFC_1_0,
  variants: [ed25519],
  form: proofValueForm(64),
});

/** vc-di-eddsa, section 3.3 */
export const eddsaJcs2022: Suite = defineSuite({
  id: `${SECURITY}eddsa-jcs-2022`,
  aliases: ["https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022"],
  name: "eddsa-jcs-2022",
  proofType: DI_PROOF,
  cryptosuite: "eddsa-jcs-2022",
  canonicalization: JCS,
  variants: [ed25519],
  form: proofValueForm(64),
});

/** Whose digest depends on the curve (vc-di-ecdsa 3.2.4 and 3.3.4). */
const ecdsa: readonly SuiteVariant[] = [
  { keyType: "P-256", digest: SHA_256, signature: ECDSA_P256, signatureLength: 64 },
  { keyType: "P-384", digest: SHA_384, signature: ECDSA_P384, signatureLength: 96 },
];

/** vc-di-ecdsa, section 3.2 */
export const ecdsaRdfc2019: Suite = defineSuite({
  id: `${SECURITY}ecdsa-rdfc-2019`,
  aliases: ["https://www.w3.org/TR/vc-di-ecdsa/#ecdsa-rdfc-2019"],
  name: "ecdsa-rdfc-2019",
  proofType: DI_PROOF,
  cryptosuite: "ecdsa-rdfc-2019",
  canonicalization: RDFC_1_0,
  variants: ecdsa,
  form: proofValueForm(64, 96),
});

/** vc-di-ecdsa, section 3.3 */
export const ecdsaJcs2019: Suite = defineSuite({
  id: `${SECURITY}ecdsa-jcs-2019`,
  aliases: ["https://www.w3.org/TR/vc-di-ecdsa/#ecdsa-jcs-2019"],
  name: "ecdsa-jcs-2019",
  proofType: DI_PROOF,
  cryptosuite: "ecdsa-jcs-2019",
  canonicalization: JCS,
  variants: ecdsa,
  form: proofValueForm(64, 96),
});
