/**
 * Closed sets of suites. The verifier decides what it accepts; a document never does.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { tufEcdsaP256, tufEcdsaP384, tufEd25519, tufRsassaPss } from "./classic.ts";
import {
  Ed25519Signature2018,
  Ed25519Signature2020,
  ecdsaJcs2019,
  ecdsaRdfc2019,
  eddsaJcs2022,
  eddsaRdfc2022,
} from "./linked.ts";
import type { Suite } from "./suite.ts";

export interface SuiteSet {
  readonly suites: readonly Suite[];
  /** By URI, alias or short name, as a person gives it. @throws TufLdError `ERR_SUITE_UNKNOWN` */
  get(name: string): Suite;
  /** By the members of a linked proof, as a document has them; `undefined` when the set has no such suite. */
  forProof(type: string, cryptosuite?: string): Suite | undefined;
  /** By the `scheme` of a classic key; `undefined` when the set has no such suite. */
  forScheme(scheme: string): Suite | undefined;
}

/** @throws TypeError when two of the suites share a name */
export function suiteSet(...suites: readonly Suite[]): SuiteSet {
  const byName = new Map<string, Suite>();
  for (const suite of suites) {
    for (const name of [suite.id, ...suite.aliases, suite.name]) {
      if (byName.has(name)) throw new TypeError(`two suites are called ${name}`);
      byName.set(name, suite);
    }
  }
  return Object.freeze({
    suites: Object.freeze([...suites]),
    get(name: string) {
      const suite = byName.get(name);
      if (!suite)
        throw new TufLdError("ERR_SUITE_UNKNOWN", `no accepted suite is called ${name}`, { suite: name });
      return suite;
    },
    forProof: (type: string, cryptosuite?: string) =>
      suites.find((suite) => suite.proofType === type && suite.cryptosuite === cryptosuite),
    forScheme: (scheme: string) => suites.find((suite) => suite.scheme === scheme),
  });
}

/** What is accepted unless the caller says otherwise: everything here but the superseded suite of 2018. */
export const defaultSuites: SuiteSet = suiteSet(
  Ed25519Signature2020,
  eddsaRdfc2022,
  eddsaJcs2022,
  ecdsaRdfc2019,
  ecdsaJcs2019,
  tufEd25519,
  tufEcdsaP256,
  tufEcdsaP384,
  tufRsassaPss,
);

export const allSuites: SuiteSet = suiteSet(...defaultSuites.suites, Ed25519Signature2018);
