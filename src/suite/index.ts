/**
 * Signature suites: values identified by URI, in closed sets.
 * @module
 */
export type { Algorithm, CanonicalizationName, DigestName, SignatureName } from "./algorithms.ts";
export { tufEcdsaP256, tufEcdsaP384, tufEd25519, tufRsassaPss } from "./classic.ts";
export {
  Ed25519Signature2018,
  Ed25519Signature2020,
  ecdsaJcs2019,
  ecdsaRdfc2019,
  eddsaJcs2022,
  eddsaRdfc2022,
} from "./linked.ts";
export { allSuites, defaultSuites, type SuiteSet, suiteSet } from "./registry.ts";
export {
  defineSuite,
  type SignatureForm,
  type Suite,
  type SuiteDefinition,
  type SuiteVariant,
} from "./suite.ts";
