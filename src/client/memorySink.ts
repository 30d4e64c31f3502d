/**
 * A sink that keeps target files in memory and gives their bytes back.
 * @module
 */
import { concatBytes } from "../encoding/bytes.ts";
import type { SinkFile, TargetSink } from "./sink.ts";

/** A sink whose files can be read at once. */
export interface MemorySink extends TargetSink {
  /** The bytes of a finished download, or `undefined`. Not a copy. */
  get(path: string): Uint8Array | undefined;
  /** The paths of all finished downloads, in the order in which they were first finished. */
  paths(): string[];
}

interface Bytes {
  chunks: Uint8Array[];
  length: number;
  etag: string | undefined;
}

/** An empty sink. */
export function createMemorySink(): MemorySink {
  const finished = new Map<string, Uint8Array>();
  const partials = new Map<string, { fingerprint: string; kept: Bytes }>();

  function begin(path: string, fingerprint: string): SinkFile {
    // Whoever comes second, while the first still downloads, starts from nothing: the kept bytes have one owner.
    const entry = partials.get(path);
    const kept = entry?.fingerprint === fingerprint ? entry.kept : undefined;
    partials.delete(path);
    const offered = kept?.chunks.slice() ?? [];
    const now: Bytes = kept ?? { chunks: [], length: 0, etag: undefined };
    let open = true;
    const need = (): void => {
      if (!open) throw new TypeError("the download has ended");
    };
    return {
      get partial() {
        return from(offered);
      },
      partialLength: now.length,
      ...(now.etag === undefined ? {} : { etag: now.etag }),
      async restart(etag) {
        need();
        Object.assign(now, { chunks: [], length: 0, etag });
      },
      async write(chunk) {
        need();
        now.chunks.push(chunk.slice());
        now.length += chunk.length;
      },
      async commit() {
        need();
        open = false;
        finished.set(path, concatBytes(...now.chunks));
      },
      async abandon(keep) {
        if (open && keep && now.length > 0) partials.set(path, { fingerprint, kept: now });
        open = false;
      },
    };
  }

  return {
    async existing(path) {
      const bytes = finished.get(path);
      return bytes && from([bytes]);
    },
    create: async (path, fingerprint) => begin(path, fingerprint),
    get: (path) => finished.get(path),
    paths: () => [...finished.keys()],
  };
}

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
