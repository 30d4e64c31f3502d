/**
 * tuf-js as a peer, in this process.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalize } from "@tufjs/canonical-json";
import { Metadata, type MetadataKind } from "@tufjs/models";
import { Updater } from "tuf-js";
import { type Peer, PeerRefusal } from "./peer.ts";

type Json = Parameters<typeof Metadata.fromJSON>[1];
type AnyMetadata = Metadata<Parameters<Metadata<never>["equals"]>[0]>;

function parse(bytes: Uint8Array): AnyMetadata {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as { signed: { _type: MetadataKind.Root } };
  return Metadata.fromJSON(json.signed._type, json as unknown as Json) as unknown as AnyMetadata;
}

async function answered<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new PeerRefusal(String(error), { cause: error });
  }
}

export const tufJs: Peer = {
  name: "tuf-js 5.0.1",
  verify: (delegator, role, file) => answered(() => parse(delegator).verifyDelegate(role, parse(file))),
  canonical: (texts) =>
    answered(() => texts.map((text) => new TextEncoder().encode(canonicalize(JSON.parse(text))))),
  reserialize: (file) => answered(() => new TextEncoder().encode(JSON.stringify(parse(file).toJSON()))),
  update: ({ root, metadataUrl, targetsUrl, folder, paths }) =>
    answered(async () => {
      const [metadataDir, targetDir] = [join(folder, "metadata"), join(folder, "targets")];
      for (const each of [metadataDir, targetDir]) await mkdir(each, { recursive: true });
      const trusted = join(metadataDir, "root.json");
      // As its users do: the pinned root only where there is none yet.
      await writeFile(trusted, root, { flag: "wx" }).catch(() => undefined);
      const updater = new Updater({
        metadataDir,
        metadataBaseUrl: metadataUrl,
        targetDir,
        targetBaseUrl: targetsUrl,
      });
      await updater.refresh();
      const files = new Map<string, string>();
      for (const path of paths) {
        const info = await updater.getTargetInfo(path);
        if (info !== undefined) {
          files.set(path, await readFile(await updater.downloadTarget(info), "utf8"));
        }
      }
      const { version } = (JSON.parse(await readFile(trusted, "utf8")) as { signed: { version: number } })
        .signed;
      return { rootVersion: version, files };
    }),
  close: () => Promise.resolve(),
};
