/**
 * A person with a home folder who runs client commands, and servers on loopback for them to ask.
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type OriginServer, serveOrigin } from "../support/httpServer.ts";
import { type Ended, Folder } from "./tufLd.ts";

/** Files by path below a base URL. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Runs commands while servers of this process answer them, which `Folder.run` cannot. */
export class Person {
  readonly at: Folder = new Folder();

  /** Runs `tuf-ld` with this person's home. */
  async run(...args: string[]): Promise<Ended> {
    const child = this.at.start(args, { TUF_LD_HOME: this.at.file("home") });
    let out = "";
    let err = "";
    child.stdin?.end();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, out, err };
  }

  /** As `run`, and fails the test unless it ended well. */
  async ok(...args: string[]): Promise<string> {
    const { code, out, err } = await this.run(...args);
    if (code !== 0) throw new Error(`tuf-ld ${args.join(" ")} ended with ${code}: ${err}`);
    return out;
  }

  /** As `ok` with `--json`. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "--json")) as T;
  }

  /** The version of each role in a trusted repository's store; 0 for none. */
  trusted(repository: string): Record<"root" | "timestamp" | "snapshot" | "targets", number> {
    const version = (role: string): number => {
      const path = this.at.file(`home/${repository}/store/${role}.json`);
      if (!existsSync(path)) return 0;
      return (JSON.parse(readFileSync(path, "utf8")) as { signed: { version: number } }).signed.version;
    };
    return {
      root: version("root"),
      timestamp: version("timestamp"),
      snapshot: version("snapshot"),
      targets: version("targets"),
    };
  }
}

/** A person whose folder is removed when the test has finished. */
export function person(): Person {
  const made = new Person();
  onTestFinished(() => made.at.remove());
  return made;
}

/** A server that is closed when the test has finished. */
export async function server(): Promise<OriginServer> {
  const made = await serveOrigin();
  onTestFinished(() => made.close());
  return made;
}

/** Serves files below a path. */
export function put(at: OriginServer, files: Files, below = "/"): void {
  for (const [path, bytes] of files) at.origin.put(below + path, bytes);
}

/** Every file below a folder, by path with `/`, in order. */
export function filesBelow(folder: string, prefix = ""): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      for (const [below, bytes] of filesBelow(path, `${prefix}${name}/`)) found.set(below, bytes);
    } else {
      found.set(prefix + name, new Uint8Array(readFileSync(path)));
    }
  }
  return found;
}

/** A folder of the shared test data, or `undefined` where it is absent. */
export function sharedData(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
