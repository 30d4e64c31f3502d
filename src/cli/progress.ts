/// <reference types="node" />
/**
 * A bar on stderr while target files are downloaded, and notes beside it. Nothing of it reaches a pipe or a file.
 * @module
 */
import type { UpdaterEvent } from "../client/events.ts";
import { Bar } from "./bar.ts";

/** How far the downloads are. */
export class Progress {
  readonly #bar: Bar;
  readonly #byUrl = new Map<string, { readonly bytes: number; readonly expectedBytes: number }>();
  #files = 0;
  #finished = 0;
  #bytesExpected = 0;
  #bytesDone = 0;
  #name = "";

  /** @param shown false for a bar that is never drawn */
  constructor(shown: boolean, now?: () => number) {
    this.#bar = new Bar(shown, now);
  }

  /** A file of this length is going to be downloaded. */
  expect(bytes: number): void {
    this.#files++;
    this.#bytesExpected += bytes;
  }

  /** A file is there, whether it was downloaded or had been before. */
  finish(bytes: number): void {
    this.#finished++;
    this.#bytesDone += bytes;
    for (const [url, each] of this.#byUrl) if (each.bytes >= each.expectedBytes) this.#byUrl.delete(url);
    this.#draw();
  }

  onEvent(event: UpdaterEvent): void {
    if (event.type === "mirror failed") this.#byUrl.delete(event.url);
    if (event.type !== "progress") return;
    const { url, bytes, expectedBytes = bytes } = event;
    this.#name = url.slice(url.lastIndexOf("/") + 1);
    this.#byUrl.set(url, { bytes, expectedBytes });
    this.#draw();
  }

  /** Writes a line to stderr, above the bar. */
  note(line: string): void {
    this.#bar.note(line);
  }

  /** Takes the bar away. */
  stop(): void {
    this.#bar.stop();
  }

  #draw(): void {
    this.#bar.draw(() => {
      const loading = [...this.#byUrl.values()].reduce((sum, { bytes }) => sum + bytes, 0);
      const done = Math.min(this.#bytesDone + loading, this.#bytesExpected);
      const share = this.#bytesExpected === 0 ? 1 : done / this.#bytesExpected;
      const files = this.#files > 1 ? ` ${this.#finished} of ${this.#files} files` : "";
      return [share, `${inBytes(done)} of ${inBytes(this.#bytesExpected)}${files} ${this.#name}`];
    });
  }
}

/** A number of bytes for a person. */
export function inBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1)} ${units[unit]}`;
}
