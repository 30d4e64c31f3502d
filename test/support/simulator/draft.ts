/**
 * Metadata that a test may change as it likes, and the smallest valid document of each type.
 * @module
 */
import type { JsonValue } from "../../../src/document/json.ts";
import type { Root, Snapshot, Targets, Timestamp } from "../../../src/vocabulary/types.ts";

/** The same value without `readonly`, as deep as metadata goes; members that anyone may add are left as they are. */
export type Draft<T> = JsonValue extends T ? T : { -readonly [K in keyof T]: Draft<T[K]> };

export type DraftRoot = Draft<Root>;
export type DraftTimestamp = Draft<Timestamp>;
export type DraftSnapshot = Draft<Snapshot>;
export type DraftTargets = Draft<Targets>;

/** The instant at which the tests judge, unless they say otherwise. */
export const NOW: Date = new Date("2026-06-01T12:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

/** An expiry date: so many days after `NOW`, before it if negative. */
export function days(count: number): string {
  return new Date(NOW.getTime() + count * DAY_MS).toISOString().replace(".000Z", "Z");
}

/** The instant that lies so many days after `NOW`. */
export function daysLater(count: number): Date {
  return new Date(NOW.getTime() + count * DAY_MS);
}

function header() {
  return { spec_version: "1.0.34", version: 0, expires: days(30) };
}

export function newRoot(): DraftRoot {
  const role = () => ({ keyids: [], threshold: 1 });
  const roles = { root: role(), timestamp: role(), snapshot: role(), targets: role() };
  return { _type: "root", ...header(), consistent_snapshot: true, keys: {}, roles };
}

export function newTimestamp(): DraftTimestamp {
  return { _type: "timestamp", ...header(), meta: { "snapshot.json": { version: 1 } } };
}

export function newSnapshot(): DraftSnapshot {
  return { _type: "snapshot", ...header(), meta: {} };
}

export function newTargets(): DraftTargets {
  return { _type: "targets", ...header(), targets: {} };
}
