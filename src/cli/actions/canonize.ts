/// <reference types="node" />
/**
 * The bytes that suites hash.
 * @module
 */
import { createHash } from "#platform";
import { canonizeDirect } from "../../canonical/direct.ts";
import { canonizeReference } from "../../canonical/reference.ts";
import { olpc } from "../../classic/olpc.ts";
import type { JsonValue } from "../../document/json.ts";
import type { ContextLoader } from "../../document/loader.ts";
import { assertLinkable, metadataToJson } from "../../metadata/file.ts";
import type { CanonizeOptions } from "../commands/canonize.ts";
import { loaderFor } from "../contexts.ts";
import { type AnyDocument, inFile, readDocument } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { toJson } from "../output.ts";
import { UsageError } from "../usage.ts";

export async function canonize(path: string, options: CanonizeOptions): Promise<void> {
  const document = await readDocument(path);
  if (document.kind === "foreign" && options.view === "classic")
    throw new UsageError("only TUF metadata has a classic view");
  const loader = await loaderFor(document, options);
  const canonical = await inFile(path, () => canonicalForm(document, loader, options));
  const { digest: algorithm, view } = options;
  const hash = createHash(algorithm);
  hash.update(canonical);
  const digest = hash.digestHex();
  if (options.json) return writeOutput(undefined, toJson({ view, canonical, algorithm, digest }));
  return writeOutput(undefined, options.hash ? `${digest}\n` : canonical);
}

async function canonicalForm(
  document: AnyDocument,
  loader: ContextLoader,
  { view, engine, digest }: CanonizeOptions,
): Promise<string> {
  if (document.kind === "foreign") {
    const { proof: _, ...unsecured } = document.document;
    return canonizeReference(unsecured, { loader, digest });
  }
  const { file } = document;
  if (view === "classic") return olpc(file.signed as unknown as JsonValue);
  assertLinkable(file);
  if (engine === "direct") return canonizeDirect(file.signed, digest);
  const { proof: _, ...unsecured } = metadataToJson(file, "linked");
  return canonizeReference(unsecured, { loader, digest, validated: true, maxQuads: Number.MAX_SAFE_INTEGER });
}
