/**
 * What is remembered of a recovery is refused as a whole if any part of it is of another shape.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/document/json.ts";
import { readDetails, readRecovery } from "../../../src/repository/recovery/recoveryState.ts";

const state = {
  format: 1,
  phase: "staged",
  begun: "2026-06-01T12:00:00Z",
  lastGood: 3,
  roles: [["timestamp", [{ keytype: "ed25519" }]]],
  drafts: ["root"],
  compromised: ["zKey"],
  aside: [],
};
const details = {
  copies: [["metadata", "targets", 3, "1.root"]],
  taken: [["targets", 4]],
  changes: [{ role: "targets", path: "a", change: "added", kept: false, target: null }],
  notes: ["a note"],
};
const holding = (value: JsonValue) => ({
  get: async () => new TextEncoder().encode(JSON.stringify(value)),
});

describe("the state", () => {
  test("is read as it was written", async () => {
    const { format: _, ...rest } = state;
    expect(await readRecovery(holding(state))).toEqual(rest);
    expect(await readRecovery({ get: async () => undefined })).toBeUndefined();
  });

  test.each([
    null,
    [],
    "",
    7,
    { ...state, format: 2 },
    { ...state, phase: "toString" },
    { ...state, begun: "yesterday" },
    { ...state, lastGood: -1 },
    { ...state, roles: [null] },
    { ...state, roles: [["timestamp", null]] },
    { ...state, drafts: [7] },
    { ...state, compromised: {} },
    { ...state, aside: null },
  ] as JsonValue[])("of another shape is refused: %j", async (value) => {
    await expect(readRecovery(holding(value))).rejects.toMatchObject({
      code: "ERR_SHAPE",
      about: { file: "staged/recovery.json" },
    });
  });
});

describe("the details", () => {
  test("are read as they were written, with the roles that an earlier build did not compare", async () => {
    expect(await readDetails(holding(details))).toEqual({ ...details, roles: [] });
  });

  test.each([
    null,
    [],
    { ...details, copies: [null] },
    { ...details, copies: [["other", "targets", 3, "1.root"]] },
    { ...details, taken: [["targets", "4"]] },
    { ...details, changes: [{ ...details.changes[0], target: [] }] },
    { ...details, changes: [null] },
    { ...details, roles: [{ role: "targets", fate: "unknown", changes: [] }] },
    { ...details, notes: "text" },
  ] as JsonValue[])("of another shape are refused: %j", async (value) => {
    await expect(readDetails(holding(value))).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });
});
