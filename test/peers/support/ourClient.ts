/**
 * Our own client, asked the same question as those of others.
 * @module
 */
import { createMemorySink, createMemoryStore, type Store, Updater } from "../../../src/client/index.ts";
import { type Policy, TufLdError } from "../../../src/index.ts";
import { createNodeFetcher } from "../../../src/node/index.ts";
import type { Client, UpdateAnswer, UpdateQuestion } from "./peer.ts";

/**
 * A client that counts signatures, proofs, or keys with both. What it keeps stays in memory, by folder: a run asks it
 * some hundred times, and other tests are about its stores.
 */
export function ourClient(policy: Policy): Client {
  const stores = new Map<string, Store>();
  return {
    name: `tuf-ld with policy ${policy}`,
    update: (question) => {
      const store = stores.get(question.folder) ?? createMemoryStore();
      stores.set(question.folder, store);
      return update(question, policy, store);
    },
  };
}

async function update(question: UpdateQuestion, policy: Policy, store: Store): Promise<UpdateAnswer> {
  const { root: trustedRoot, metadataUrl, targetsUrl, paths } = question;
  const updater = new Updater({
    trustedRoot,
    metadataUrls: [metadataUrl],
    targetsUrls: [targetsUrl],
    policy,
    store,
    fetcher: createNodeFetcher({ environment: {} }),
  });
  const { root } = await updater.refresh();
  const files = new Map<string, string>();
  for (const path of paths) {
    const found = await updater.find(path).catch(onlyMissing);
    if (found === undefined) continue;
    const sink = createMemorySink();
    await updater.download(found, sink);
    files.set(path, new TextDecoder().decode(sink.get(path)));
  }
  return { rootVersion: root.file.signed.version, files };
}

function onlyMissing(error: unknown): undefined {
  if (error instanceof TufLdError && error.code === "ERR_TARGET_NOT_FOUND") return undefined;
  throw error;
}
