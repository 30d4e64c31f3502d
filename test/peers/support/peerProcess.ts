/**
 * A peer behind a pipe: one JSON request a line, one JSON answer a line.
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { JsonValue } from "../../../src/document/json.ts";
import { type Peer, PeerRefusal } from "./peer.ts";
import type { Installed } from "./setUp.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

interface Waiting {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A peer in a process of its own, which starts with the first question. */
export class PeerProcess implements Peer {
  readonly name: string;
  readonly missing?: string;
  readonly #installed: Installed;
  readonly #waiting: Waiting[] = [];
  #process: ChildProcessWithoutNullStreams | undefined;

  constructor(name: string, installed: Installed) {
    this.name = name;
    this.#installed = installed;
    if ("missing" in installed) this.missing = installed.missing;
  }

  async verify(delegator: Uint8Array, role: string, file: Uint8Array): Promise<void> {
    await this.ask("verify", { delegator: base64(delegator), role, file: base64(file) });
  }

  async canonical(texts: readonly string[]): Promise<readonly Uint8Array[]> {
    return ((await this.ask("canonical", { texts })) as string[]).map(bytesOf);
  }

  async reserialize(file: Uint8Array): Promise<Uint8Array> {
    return bytesOf((await this.ask("reserialize", { file: base64(file) })) as string);
  }

  async update(question: Parameters<Peer["update"]>[0]): ReturnType<Peer["update"]> {
    const { root, metadataUrl: metadata, targetsUrl: targets, folder, paths } = question;
    const answer = await this.ask("update", { root: base64(root), metadata, targets, folder, paths });
    const { rootVersion, files } = answer as { rootVersion: number; files: Record<string, string | null> };
    const texts = new Map<string, string>();
    for (const [path, data] of Object.entries(files)) {
      if (data !== null) texts.set(path, Buffer.from(data, "base64").toString());
    }
    return { rootVersion, files: texts };
  }

  /** Asks one question; answers come in the order of the questions. */
  async ask(question: string, members: Record<string, unknown>): Promise<JsonValue> {
    const child = this.#start();
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify({ question, ...members })}\n`);
    });
    const answer = JSON.parse(line) as { ok: JsonValue } | { error: string };
    if ("error" in answer) throw new PeerRefusal(answer.error);
    return answer.ok;
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      child.on("close", () => resolve());
      child.stdin.end();
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#process !== undefined) return this.#process;
    if ("missing" in this.#installed) throw new Error(`${this.name} is not here: ${this.#installed.missing}`);
    const { command, args } = this.#installed;
    const child = spawn(command, args, { stdio: "pipe" });
    let complaint = "";
    child.stderr.on("data", (data) => {
      complaint = `${complaint}${data}`.slice(-2000);
    });
    const fail = (reason: string): void => {
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`${this.name} ended: ${reason}\n${complaint}`));
    };
    child.on("error", (error) => fail(error.message));
    child.on("close", (code) => fail(`exit code ${code}`));
    child.stdin.on("error", () => undefined);
    createInterface({ input: child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(line));
    this.#process = child;
    return child;
  }
}
