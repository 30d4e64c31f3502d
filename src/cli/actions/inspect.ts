/// <reference types="node" />
/**
 * What a document says, as a summary, a tree, expanded JSON-LD or N-Quads.
 * @module
 */
import { canonizeDirect } from "../../canonical/direct.ts";
import { canonizeReference, expandReference } from "../../canonical/reference.ts";
import type { ContextLoader } from "../../document/loader.ts";
import { assertLinkable, type MetadataFile, metadataToJson } from "../../metadata/file.ts";
import { renderGraph } from "../../report/graph.ts";
import type { InspectOptions } from "../commands/inspect.ts";
import { loaderFor } from "../contexts.ts";
import { type AnyDocument, inFile, readDocument } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";

export async function inspect(path: string, options: InspectOptions): Promise<void> {
  const { tree, expanded, nquads, json } = options;
  const document = await readDocument(path);
  const loader = await loaderFor(document, options);
  if (expanded) return writeOutput(undefined, toJson(await inFile(path, () => expand(document, loader))));
  if (nquads || tree) {
    const canonical = await inFile(path, () => canonize(document, loader));
    const text = tree ? renderGraph(canonical).split("\n").map(printable).join("\n") : canonical;
    return writeOutput(
      undefined,
      json ? toJson({ [tree ? "tree" : "nquads"]: text.trimEnd().split("\n") }) : text,
    );
  }
  const summary = summarize(document);
  return writeOutput(undefined, json ? toJson(summary) : renderSummary(summary));
}

const unsecured = (document: object): object => {
  const { proof: _, ...rest } = document as { proof?: unknown };
  return rest;
};

async function canonize(document: AnyDocument, loader: ContextLoader): Promise<string> {
  if (document.kind === "tuf") {
    assertLinkable(document.file);
    return canonizeDirect(document.file.signed);
  }
  return canonizeReference(unsecured(document.document), { loader });
}

async function expand(document: AnyDocument, loader: ContextLoader): Promise<object> {
  if (document.kind === "foreign") return expandReference(unsecured(document.document), { loader });
  const linked = unsecured(metadataToJson(document.file, "linked"));
  return expandReference(linked, { loader, validated: true, maxQuads: Number.MAX_SAFE_INTEGER });
}

type Summary = Record<string, unknown>;

function summarize(document: AnyDocument): Summary {
  if (document.kind === "foreign") {
    const { "@context": context, type, issuer, proof } = document.document;
    return {
      type,
      issuer,
      context,
      proofs: (Array.isArray(proof) ? proof : proof ? [proof] : []).map(summarizeProof),
    };
  }
  const { signed, signatures, proof, linkedProblem } = document.file;
  const { _type: type, spec_version: specification, version, expires } = signed;
  return {
    type,
    version,
    expires,
    specification,
    ...summarizeRole(document.file),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, ...(sig === "" ? { empty: true } : {}) })),
    proofs: proof.map(summarizeProof),
    ...(linkedProblem === undefined ? {} : { linkedProblem: linkedProblem.message }),
  };
}

function summarizeRole({ signed }: MetadataFile): Summary {
  switch (signed._type) {
    case "root":
      return {
        consistentSnapshot: signed.consistent_snapshot ?? false,
        keys: Object.keys(signed.keys).length,
        roles: Object.fromEntries(
          Object.entries(signed.roles).map(([name, role]) => [
            name,
            `${role.threshold} of ${role.keyids.length}`,
          ]),
        ),
      };
    case "targets": {
      const { delegations } = signed;
      const bins = delegations?.succinct_roles;
      const roles =
        bins === undefined ? delegations?.roles?.map(({ name }) => name) : [`${2 ** bins.bit_length} bins`];
      return { targets: Object.keys(signed.targets).length, delegations: roles ?? [] };
    }
    default:
      return {
        meta: Object.fromEntries(Object.entries(signed.meta).map(([name, entry]) => [name, entry.version])),
      };
  }
}

function summarizeProof(proof: unknown): Summary {
  const { type, cryptosuite, verificationMethod, domain, created } = Object(proof) as Summary;
  return {
    suite: cryptosuite ?? type,
    verificationMethod,
    ...(domain === undefined ? {} : { domain }),
    created,
  };
}

/** Entries of one member that a person is shown. */
const SHOWN = 50;

function renderSummary(summary: Summary): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(summary)) {
    if (value === undefined) continue;
    if (typeof value !== "object" || value === null) {
      lines.push(`${name.padEnd(18)} ${value}`);
      continue;
    }
    const entries = Array.isArray(value) ? value.map((entry) => ["", entry]) : Object.entries(value);
    lines.push(entries.length === 0 ? `${name.padEnd(18)} none` : name);
    for (const [key, entry] of entries.slice(0, SHOWN))
      lines.push(`  ${key ? `${key}  ` : ""}${inWords(entry)}`);
    if (entries.length > SHOWN) lines.push(`  and ${entries.length - SHOWN} more (--json shows all)`);
  }
  return `${lines.map(printable).join("\n")}\n`;
}

function inWords(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return String(entry);
  return Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (name === "empty") return "(not signed yet)";
      // A did:key URL says the same twice.
      return String(value).startsWith("did:key:") ? String(value).split("#")[0] : inWords(value);
    })
    .join("  ");
}
