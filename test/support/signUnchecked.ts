/**
 * Proofs that `signDocument` would refuse to make, as others make them.
 * @module
 */
import { didKeyUrl } from "../../src/key/didKey.ts";
import type { PrivateKey } from "../../src/key/privateKey.ts";
import type { JsonObject } from "../../src/metadata/file.ts";
import {
  type CanonicalizationOptions,
  hashForms,
  SecuredDocument,
} from "../../src/proof/foreign/securedDocument.ts";
import { eddsaRdfc2022 } from "../../src/suite/linked.ts";
import type { Suite } from "../../src/suite/suite.ts";

/**
 * Signs a document whatever it says, with a configuration whatever it holds.
 * @param odd members that the configuration has instead of the usual ones, or besides
 */
export async function signUnchecked(
  document: JsonObject,
  key: PrivateKey,
  suite: Suite = eddsaRdfc2022,
  odd: object = {},
  options: CanonicalizationOptions = {},
): Promise<JsonObject> {
  const context = suite.canonicalization.name === "JCS" ? document["@context"] : undefined;
  const configuration = {
    type: suite.proofType,
    ...(suite.cryptosuite === undefined ? {} : { cryptosuite: suite.cryptosuite }),
    created: "2026-01-01T00:00:00Z",
    verificationMethod: didKeyUrl(key.publicKey),
    proofPurpose: "assertionMethod",
    ...(context === undefined ? {} : { "@context": context }),
    ...odd,
  } as JsonObject;
  const { proof: _, ...body } = document;
  const secured = new SecuredDocument(body, options);
  const input = hashForms(await secured.forms(configuration, [], suite, "sha256"), "sha256");
  const value = suite.encodeSignature(await suite.sign(key, input));
  return { ...body, proof: { ...configuration, [suite.proofMember]: value } };
}
