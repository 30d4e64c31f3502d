/**
 * Our JSON-LD 1.1 context, generated from the table of terms.
 *
 * `expires`, `targets` and `roles` stay unprotected: the suites' contexts and nested uses define them anew.
 * Every other term is protected, so a later context of the pinned list cannot change what it means.
 * @module
 */
import {
  DOCUMENT_SHAPES,
  type Member,
  membersOf,
  NAMESPACE,
  type PropertyName,
  type ShapeName,
} from "./terms.ts";

type Definition = Readonly<Record<string, unknown>> | string;

const XSD = "http://www.w3.org/2001/XMLSchema#";
const DC = "http://purl.org/dc/terms/";
const SEC = "https://w3id.org/security#";
const UNPROTECTED: ReadonlySet<string> = new Set(["expires", "targets", "roles"]);

const iri = (property: PropertyName): string => NAMESPACE + property;

/** The term definition of one member; `atTop` terms may need their protection lifted. */
function define(name: string, member: Member): Definition {
  const open = UNPROTECTED.has(name) ? { "@protected": false } : {};
  switch (member.is) {
    case "string":
    case "set":
      return { "@id": iri(member.property), ...open };
    case "integer":
    case "boolean":
    case "dateTime":
      return { "@id": iri(member.property), "@type": XSD + member.is, ...open };
    case "json":
      return { "@id": iri(member.property), "@type": "@json" };
    case "nest":
      return "@nest";
    case "node":
      return { "@id": iri(member.property), "@context": definitions(member.of) };
    case "list":
      return {
        "@id": iri(member.property),
        "@context": { ...definitions(member.of), order: { "@id": iri("order"), "@type": `${XSD}integer` } },
        ...open,
      };
    case "map":
      return {
        "@id": iri(member.property),
        "@container": "@index",
        "@index": iri(member.index),
        "@context": definitions(member.of),
        ...open,
      };
  }
}

/** The terms that a shape's entries use, for a property-scoped context. */
function definitions(shape: ShapeName): Record<string, Definition> {
  const terms: Record<string, Definition> = { "@protected": true as unknown as Definition };
  for (const [name, member] of membersOf(shape)) {
    terms[name] = define(name, member);
    if (member.is === "nest") {
      for (const [inner, { property }] of Object.entries(member.members))
        terms[inner] = { "@id": iri(property) };
    }
  }
  return terms;
}

/** Ed25519Signature2018 has no context of its own in the pinned list; these are its members in Data Integrity. */
const SIGNATURE_2018: Definition = {
  "@id": `${SEC}Ed25519Signature2018`,
  "@context": {
    "@protected": true,
    challenge: `${SEC}challenge`,
    created: { "@id": `${DC}created`, "@type": `${XSD}dateTime` },
    domain: `${SEC}domain`,
    expires: { "@id": `${SEC}expiration`, "@type": `${XSD}dateTime` },
    jws: `${SEC}jws`,
    nonce: `${SEC}nonce`,
    proofPurpose: {
      "@id": `${SEC}proofPurpose`,
      "@type": "@vocab",
      "@context": { "@protected": true, assertionMethod: `${SEC}assertionMethod` },
    },
    verificationMethod: { "@id": `${SEC}verificationMethod`, "@type": "@id" },
  },
};

const JSON_LITERAL: Definition = { "@id": iri("unrecognized"), "@type": "@json" };

function build(): Record<string, unknown> {
  const terms: Record<string, unknown> = {
    "@version": 1.1,
    "@protected": true,
    _type: {
      "@id": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
      "@type": "@vocab",
      "@context": Object.fromEntries(
        Object.entries(DOCUMENT_SHAPES).map(([type, shape]) => [type, NAMESPACE + shape]),
      ),
    },
    unrecognized: JSON_LITERAL,
  };
  for (const shape of Object.values(DOCUMENT_SHAPES)) {
    for (const [name, member] of membersOf(shape)) terms[name] = define(name, member);
  }
  return {
    ...terms,
    Ed25519Signature2018: SIGNATURE_2018,
    ClassicSignature: {
      "@id": `${NAMESPACE}ClassicSignature`,
      "@context": {
        "@protected": true,
        keyid: { "@id": iri("keyid") },
        sig: { "@id": iri("sig") },
        unrecognized: JSON_LITERAL,
      },
    },
    ClassicEnvelope: { "@id": `${NAMESPACE}ClassicEnvelope`, "@context": { unrecognized: JSON_LITERAL } },
  };
}

/** The context document behind `CONTEXT_URL`. */
export const tufLdContext: { readonly "@context": Readonly<Record<string, unknown>> } = {
  "@context": build(),
};
