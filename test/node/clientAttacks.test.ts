/**
 * A1, A6, A7, A8, A12 and A19 of the threat model where the transport matters: a repository behind a real HTTP server,
 * a store and target files on disk.
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { UpdaterEvent } from "../../src/client/events.ts";
import { createFileStore } from "../../src/node/fileStore.ts";
import { createNodeFetcher } from "../../src/node/nodeFetcher.ts";
import { createTargetFolder } from "../../src/node/targetFolder.ts";
import { Client, type ClientOptions } from "../support/simulator/client.ts";
import { daysLater, NOW } from "../support/simulator/draft.ts";
import { serveRepository } from "../support/simulator/overHttp.ts";
import { expectRefusal } from "../support/simulator/refusal.ts";
import { Simulator, VIEWS } from "../support/simulator/repository.ts";

const PATH = "dir/file.txt";
const CONTENT = "content ".repeat(10_000);

/** As patient as tests can afford. */
const fetcher = createNodeFetcher({
  deadlineMs: 3_000,
  headersMs: 1_000,
  graceMs: 500,
  minBytesPerSecond: 1_000,
  retries: 1,
  backoffMs: 10,
  environment: {},
});

/** A person with a folder for metadata and one for downloads. */
class Disk {
  readonly folder = mkdtempSync(join(tmpdir(), "attacks-"));
  readonly targets: string = join(this.folder, "targets");
  readonly events: UpdaterEvent[] = [];
  readonly client: Client;

  constructor(repository: Simulator, options: ClientOptions) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    const store = createFileStore(join(this.folder, "metadata"));
    const onEvent = (event: UpdaterEvent): void => void this.events.push(event);
    this.client = new Client(repository, { store, fetcher, onEvent, ...options });
  }

  get(path: string = PATH): (client: Client) => Promise<number> {
    return async (client) => {
      const updater = client.updater();
      return updater.download(await updater.find(path), createTargetFolder(this.targets));
    };
  }

  /** Every file that a person would see among the downloads. */
  visible(): string[] {
    try {
      return readdirSync(this.targets, { recursive: true, encoding: "utf8" })
        .filter((name) => !name.split("/").some((part) => part.startsWith(".")))
        .filter((name) => statSync(join(this.targets, name)).isFile());
    } catch {
      return [];
    }
  }

  failedMirrors(): string[] {
    return this.events.flatMap((event) => (event.type === "mirror failed" ? [event.url] : []));
  }
}

async function served(view: Simulator["view"] = "classic") {
  const repository = await Simulator.create({ view });
  repository.addTarget("targets", PATH, CONTENT);
  await repository.publish("targets");
  const server = await serveRepository(repository);
  onTestFinished(() => server.close());
  const disk = new Disk(repository, { metadataUrls: [server.metadataUrl], targetsUrls: [server.targetsUrl] });
  await disk.client.refresh();
  return { repository, server, disk, name: repository.requestName(PATH) };
}

/** Sends a chunk again and again, for ever, as fast as it is taken or every `everyMs`. Counts what was sent. */
function pour(response: ServerResponse, sent: { bytes: number }, chunk: Uint8Array, everyMs?: number): void {
  response.writeHead(200);
  const more = (): void => {
    if (response.destroyed) return;
    sent.bytes += chunk.length;
    const ready = response.write(chunk);
    if (everyMs !== undefined) setTimeout(more, everyMs);
    else if (ready) setImmediate(more);
    else response.once("drain", more);
  };
  more();
}

describe.each(VIEWS)("with %s signatures", (view) => {
  test("A1: a server that swaps bytes of a target delivers nothing, and the right file afterwards", async () => {
    const { repository, disk, name } = await served(view);
    const right = repository.bytes(name);
    repository.files.set(name, new TextEncoder().encode("malware ".repeat(10_000)));
    await expectRefusal(disk.client, "ERR_HASH_MISMATCH", { action: disk.get() });
    expect(disk.visible()).toEqual([]);
    repository.files.set(name, right);
    expect(await disk.get()(disk.client)).toBe(right.length);
    expect(readFileSync(join(disk.targets, PATH), "utf8")).toBe(CONTENT);
  });

  test("A1: a server that swaps bytes of metadata is refused", async () => {
    const { repository, disk } = await served(view);
    repository.statesHashes = true;
    await repository.publish("targets");
    const name = "metadata/3.targets.json";
    repository.files.set(
      name,
      repository.bytes(name).map((byte) => (byte === 0x20 ? 0x09 : byte)),
    );
    await expectRefusal(disk.client, "ERR_HASH_MISMATCH", { accepted: ["timestamp", "snapshot"] });
  });

  test("A6: a server that withholds a newer root is bounded by the expiry of the old one", async () => {
    const { repository, disk } = await served(view);
    await repository.publish("root");
    repository.files.delete("metadata/2.root.json");
    await disk.client.refresh({ at: daysLater(29) });
    await expectRefusal(disk.client, "ERR_EXPIRED", {
      options: { at: daysLater(31) },
      details: { role: "root" },
    });
  });

  test("A19: a server on which the old snapshot is gone is read again from its timestamp", async () => {
    const { repository, disk } = await served(view);
    await repository.publish("targets");
    repository.onRequest = async (path) => {
      if (path !== "metadata/3.snapshot.json") return;
      repository.files.delete(path);
      repository.files.delete("metadata/3.targets.json");
      await repository.publish("targets");
    };
    await disk.client.refresh();
    expect(await disk.client.versions()).toEqual({ root: 1, timestamp: 4, snapshot: 4, targets: 4 });
  });
});

describe("A7: a server that sends without end", () => {
  const chunk = new Uint8Array(10_000).fill(0x20);
  const limits = {
    rootMaxBytes: 500_000,
    timestampMaxBytes: 100_000,
    snapshotMaxBytes: 500_000,
    targetsMaxBytes: 900_000,
  };
  // What lies in buffers of the operating system between the two ends of a connection.
  const IN_FLIGHT = 12_000_000;

  test.each([
    ["root", "metadata/2.root.json", []],
    ["timestamp", "metadata/timestamp.json", []],
    ["snapshot", "metadata/3.snapshot.json", ["timestamp"]],
    ["targets", "metadata/3.targets.json", ["timestamp", "snapshot"]],
  ])("A7: in place of %s is cut off", async (_, path, accepted) => {
    const { repository, server, disk } = await served();
    await repository.publish("targets");
    const sent = { bytes: 0 };
    server.odd.set(path, (__, response) => pour(response, sent, chunk));
    await expectRefusal(disk.client, "ERR_LIMIT", { options: { limits }, accepted });
    expect(sent.bytes).toBeLessThan(900_000 + IN_FLIGHT);
  });

  test("A7: in place of a target is cut off, and nothing appears", async () => {
    const { server, disk, name } = await served();
    const sent = { bytes: 0 };
    server.odd.set(name, (_, response) => pour(response, sent, chunk));
    await expectRefusal(disk.client, "ERR_LENGTH_MISMATCH", { action: disk.get() });
    expect(sent.bytes).toBeLessThan(CONTENT.length + IN_FLIGHT);
    expect(disk.visible()).toEqual([]);
  });

  test("A7: a Content-Length beyond the limit is enough to refuse", async () => {
    const { server, disk } = await served();
    server.odd.set("metadata/timestamp.json", (_, response) => {
      response.writeHead(200, { "content-length": 1e12 });
      response.flushHeaders();
    });
    await expectRefusal(disk.client, "ERR_LIMIT");
  });
});

describe("A8: a server that sends a byte now and then", () => {
  const byte = new Uint8Array([0x20]);

  test.each([
    ["the next root", "metadata/2.root.json"],
    ["the timestamp", "metadata/timestamp.json"],
  ])("A8: of %s is given up in time, and named", async (_, path) => {
    const { server, disk } = await served();
    server.odd.set(path, (__, response) => pour(response, { bytes: 0 }, byte, 50));
    await expectRefusal(disk.client, "ERR_NETWORK", { details: { url: `${server.base}/${path}` } });
  });

  test("A8: of a target is given up in time, and nothing appears", async () => {
    const { server, disk, name } = await served();
    server.odd.set(name, (_, response) => pour(response, { bytes: 0 }, byte, 50));
    await expectRefusal(disk.client, "ERR_NETWORK", {
      action: disk.get(),
      details: { url: `${server.base}/${name}` },
    });
    expect(disk.visible()).toEqual([]);
  });

  test("A8: fast enough to pass for alive still ends at the total deadline", async () => {
    const { server, disk } = await served();
    const drip = new Uint8Array(200).fill(0x20);
    server.odd.set("metadata/timestamp.json", (_, response) => pour(response, { bytes: 0 }, drip, 100));
    await expectRefusal(disk.client, "ERR_NETWORK", { options: { limits: { timestampMaxBytes: 1e9 } } });
  });

  test("A8: that never answers at all is given up in time", async () => {
    const { server, disk } = await served();
    server.odd.set("metadata/timestamp.json", () => undefined);
    await expectRefusal(disk.client, "ERR_NETWORK");
  });
});

describe("A12: the first of three mirrors", () => {
  const BAD: readonly [string, (response: ServerResponse, bytes: Uint8Array) => void][] = [
    ["is corrupt", (response, bytes) => response.writeHead(200).end(bytes.map((byte) => byte ^ 1))],
    ["lacks the file", (response) => response.writeHead(404).end()],
    ["fails", (response) => response.writeHead(500).end()],
    ["stalls in the middle", (response, bytes) => void response.writeHead(200).write(bytes.slice(0, 100))],
    ["never answers", () => undefined],
    ["cuts the connection", (response) => response.destroy()],
  ];

  async function three() {
    const { repository, server: good, name } = await served();
    const [first, second] = await Promise.all([serveRepository(repository), serveRepository(repository)]);
    for (const server of [first, second]) onTestFinished(() => server.close());
    const servers = [first, second, good];
    const disk = new Disk(repository, {
      metadataUrls: servers.map(({ metadataUrl }) => metadataUrl),
      targetsUrls: servers.map(({ targetsUrl }) => targetsUrl),
    });
    return { repository, first, second, disk, name };
  }

  test.each(BAD)(
    "A12: %s: the next one serves the timestamp, and the bad one is reported",
    async (_, misbehave) => {
      const { repository, first, disk } = await three();
      const path = "metadata/timestamp.json";
      first.odd.set(path, (__, response) => misbehave(response, repository.bytes(path)));
      await disk.client.refresh();
      expect(disk.failedMirrors()).toContain(`${first.base}/${path}`);
      expect((await disk.client.versions())["timestamp"]).toBe(2);
    },
  );

  test.each(BAD)(
    "A12: %s: the next one serves the target, and the bad one is reported",
    async (_, misbehave) => {
      const { repository, first, disk, name } = await three();
      first.odd.set(name, (__, response) => misbehave(response, repository.bytes(name)));
      await disk.get()(disk.client);
      expect(readFileSync(join(disk.targets, PATH), "utf8")).toBe(CONTENT);
      expect(disk.failedMirrors()).toContain(`${first.base}/${name}`);
    },
  );

  test("A12: starts a download with wrong bytes and dies: the next one delivers all the same", async () => {
    const { first, disk, name } = await three();
    first.odd.set(name, (_, response) => {
      response.writeHead(200, { "content-length": CONTENT.length, etag: '"same"' });
      response.write("malware ".repeat(100), () => response.destroy());
    });
    await disk.get()(disk.client);
    expect(readFileSync(join(disk.targets, PATH), "utf8")).toBe(CONTENT);
  });

  test("A12: and the second too: the third serves", async () => {
    const { first, second, disk, name } = await three();
    for (const server of [first, second]) {
      for (const path of [
        "metadata/timestamp.json",
        "metadata/2.snapshot.json",
        "metadata/2.targets.json",
        name,
      ]) {
        server.odd.set(path, (_, response) => response.writeHead(503).end());
      }
    }
    await disk.get()(disk.client);
    expect(disk.visible()).toEqual([PATH]);
  });

  test("A12: is down while the others have no newer root: the client goes on", async () => {
    const { first, disk } = await three();
    await first.close();
    await disk.client.refresh({ at: NOW });
    expect((await disk.client.versions())["root"]).toBe(1);
  });
});
