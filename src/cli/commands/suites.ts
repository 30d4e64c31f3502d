/// <reference types="node" />
/**
 * `tuf-ld suites`: every suite with the URIs of its parts.
 * @module
 */
import type { Command } from "commander";
import { allSuites, defaultSuites } from "../../suite/registry.ts";
import { writeOutput } from "../io.ts";
import { style, toJson } from "../output.ts";

export function registerSuites(program: Command): void {
  program
    .command("suites")
    .description("list the signature suites by name and URI")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tuf-ld suites\n  tuf-ld suites --json | jq '.[].id'")
    .action(async ({ json }: { json?: boolean }) => {
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
    });
}
