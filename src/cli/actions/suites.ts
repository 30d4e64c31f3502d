/// <reference types="node" />
/**
 * Every suite with the URIs of its parts.
 * @module
 */
import { allSuites, defaultSuites } from "../../suite/registry.ts";
import type { SuitesOptions } from "../commands/suites.ts";
import { writeOutput } from "../io.ts";
import { style, toJson } from "../output.ts";

export async function listSuites({ json }: SuitesOptions): Promise<void> {
  const suites = allSuites.suites.map((suite) => ({
    name: suite.name,
    id: suite.id,
    view: suite.view,
    accepted: defaultSuites.suites.includes(suite) ? "by default" : "only if asked for",
    aliases: suite.aliases,
    canonicalization: suite.canonicalization.id,
    variants: suite.variants.map(({ keyType, digest, signature }) => ({
      keyType,
      digest: digest.id,
      signature: signature.id,
    })),
  }));
  if (json) return writeOutput(undefined, toJson(suites));
  const blocks = suites.map(({ name, id, view, accepted, canonicalization, variants }) =>
    [
      `${style("bold", name)}  (${view} view, accepted ${accepted})`,
      `  suite             ${id}`,
      `  canonicalization  ${canonicalization}`,
      ...variants.flatMap(({ keyType, digest, signature }) => [
        `  ${keyType.padEnd(16)}  digest     ${digest}`,
        `  ${"".padEnd(16)}  signature  ${signature}`,
      ]),
    ].join("\n"),
  );
  return writeOutput(undefined, `${blocks.join("\n\n")}\n`);
}
