/// <reference types="node" />
/**
 * `tuf-ld inspect`: what a document says, as a summary, a tree, expanded JSON-LD or N-Quads.
 * @module
 */
import { type Command, Option } from "commander";
import { canonizeDirect } from "../../canonical/direct.ts";
import { canonizeReference, expandReference } from "../../canonical/reference.ts";
import { type MetadataFile, metadataToJson } from "../../metadata/file.ts";
import { renderGraph } from "../../report/graph.ts";
import { createLoader } from "../../vocabulary/loader.ts";
import { type AnyDocument, readDocument } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";

interface Options {
  readonly tree?: boolean;
  readonly expanded?: boolean;
  readonly nquads?: boolean;
  readonly json?: boolean;
}

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what a document says; nothing is verified")
    .argument("<file>", "TUF metadata in any form, or a JSON-LD document; - for stdin")
    .addOption(new Option("--tree", "the graph as a tree").conflicts(["expanded", "nquads"]))
    .addOption(new Option("--expanded", "the expanded form of JSON-LD").conflicts("nquads"))
    .option("--nquads", "the canonical N-Quads")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tuf-ld inspect root.json\n  tuf-ld inspect --tree root.json")
    .action(async (path: string, { tree, expanded, nquads, json }: Options) => {
      const document = await readDocument(path);
      if (expanded) return writeOutput(undefined, toJson(await expand(document)));
      if (nquads || tree) {
        const canonical = await canonize(document);
        const text = tree ? renderGraph(canonical) : canonical;
        return writeOutput(undefined, json ? toJson({ [tree ? "tree" : "nquads"]: text.trimEnd().split("\n") }) : text);
      }
      const summary = summarize(document);
      return writeOutput(undefined, json ? toJson(summary) : renderSummary(summary));
    });
}

const unsecured = (document: object): object => {
  const { proof: _, ...rest } = document as { proof?: unknown };
  return rest;
};

async function canonize(document: AnyDocument): Promise<string> {
  if (document.kind === "tuf") return canonizeDirect(document.file.signed);
  return canonizeReference(unsecured(document.document), { loader: createLoader() });
}

async function expand(document: AnyDocument): Promise<object> {
  const loader = createLoader();
  if (document.kind === "foreign") return expandReference(unsecured(document.document), { loader });
  const linked = unsecured(metadataToJson(document.file, "linked"));
  return expandReference(linked, { loader, validated: true, maxQuads: Number.MAX_SAFE_INTEGER });
}

type Summary = Record<string, unknown>;

function summarize(document: AnyDocument): Summary {
  if (document.kind === "foreign") {
    const { "@context": context, type, issuer, proof } = document.document;
    return { type, issuer, context, proofs: (Array.isArray(proof) ? proof : proof ? [proof] : []).map(summarizeProof) };
  }
  const { signed, signatures, proof } = document.file;
  const { _type: type, spec_version: specification, version, expires } = signed;
  return {
    type,
    version,
    expires,
    specification,
    ...summarizeRole(document.file),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, ...(sig === "" ? { empty: true } : {}) })),
    proofs: proof.map(summarizeProof),
  };
}

function summarizeRole({ signed }: MetadataFile): Summary {
  switch (signed._type) {
    case "root":
      return {
        consistentSnapshot: signed.consistent_snapshot ?? false,
        keys: Object.keys(signed.keys).length,
        roles: Object.fromEntries(
          Object.entries(signed.roles).map(([name, role]) => [name, `${role.threshold} of ${role.keyids.length}`]),
        ),
      };
    case "targets": {
      const { delegations } = signed;
      const bins = delegations?.succinct_roles;
      const roles = bins === undefined ? delegations?.roles?.map(({ name }) => name) : [`${2 ** bins.bit_length} bins`];
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
  return { suite: cryptosuite ?? type, verificationMethod, ...(domain === undefined ? {} : { domain }), created };
}

function renderSummary(summary: Summary): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(summary)) {
    if (value === undefined) continue;
    if (typeof value !== "object" || value === null) lines.push(`${name.padEnd(20)} ${value}`);
    else {
      const entries = Array.isArray(value) ? value.map((entry) => ["", entry]) : Object.entries(value);
      lines.push(`${name.padEnd(20)} ${entries.length === 0 ? "none" : ""}`.trimEnd());
      for (const [key, entry] of entries.slice(0, 50)) {
        const text = typeof entry === "object" ? Object.values(entry as object).join("  ") : String(entry);
        lines.push(`  ${key === "" ? "" : `${key}  `}${text}`);
      }
      if (entries.length > 50) lines.push(`  and ${entries.length - 50} more (--json shows all)`);
    }
  }
  return `${lines.join("\n")}\n`;
}
