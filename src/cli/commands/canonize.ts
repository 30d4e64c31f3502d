/// <reference types="node" />
/**
 * `tuf-ld canonize`: the bytes that suites hash.
 * @module
 */
import { type Command, Option } from "commander";
import { createHash } from "#platform";
import { canonizeDirect } from "../../canonical/direct.ts";
import { canonizeReference } from "../../canonical/reference.ts";
import { olpc } from "../../classic/olpc.ts";
import type { JsonValue } from "../../document/json.ts";
import { metadataToJson } from "../../metadata/file.ts";
import { createLoader } from "../../vocabulary/loader.ts";
import { type AnyDocument, readDocument } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";

interface Options {
  readonly hash?: boolean;
  readonly view: "linked" | "classic";
  readonly engine: "direct" | "reference";
  readonly digest: "sha256" | "sha384";
  readonly json?: boolean;
}

export function registerCanonize(program: Command): void {
  program
    .command("canonize")
    .description("print the canonical form of a document, the bytes that its signatures cover")
    .argument("<file>", "TUF metadata in any form, or a JSON-LD document; - for stdin")
    .option("--hash", "print the digest of the canonical form instead")
    .addOption(
      new Option("--view <view>", "linked: canonical N-Quads; classic: OLPC canonical JSON")
        .choices(["linked", "classic"])
        .default("linked"),
    )
    .addOption(
      new Option("--engine <engine>", "for TUF metadata; both write the same bytes")
        .choices(["direct", "reference"])
        .default("direct"),
    )
    .addOption(new Option("--digest <name>", "digest of --hash").choices(["sha256", "sha384"]).default("sha256"))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld canonize root.json\n  tuf-ld canonize --hash root.json\n  tuf-ld canonize --view classic root.json | sha256sum",
    )
    .action(async (path: string, options: Options) => {
      const canonical = await canonize(await readDocument(path), options);
      const hash = createHash(options.digest);
      hash.update(canonical);
      const digest = hash.digestHex();
      if (options.json) return writeOutput(undefined, toJson({ canonical, algorithm: options.digest, digest }));
      return writeOutput(undefined, options.hash ? `${digest}\n` : canonical);
    });
}

async function canonize(document: AnyDocument, { view, engine, digest }: Options): Promise<string> {
  const loader = createLoader();
  if (document.kind === "foreign") {
    const { proof: _, ...unsecured } = document.document;
    return canonizeReference(unsecured, { loader, digest });
  }
  const { file } = document;
  if (view === "classic") return olpc(file.signed as unknown as JsonValue);
  if (engine === "direct") return canonizeDirect(file.signed, digest);
  const { proof: _, ...unsecured } = metadataToJson(file, "linked");
  return canonizeReference(unsecured, { loader, digest, validated: true, maxQuads: Number.MAX_SAFE_INTEGER });
}
