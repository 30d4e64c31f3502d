/**
 * What an error is about: one place for file, role and URL, named once.
 * @module
 */
import { describe, expect, test } from "vitest";
import { concerning } from "../../src/encoding/refusal.ts";
import { subjectOf, TufLdError, withSubject } from "../../src/errors.ts";

const shape = (): TufLdError => new TufLdError("ERR_SHAPE", "must be a string", { path: "/a", reason: "x" });
const told = (error: unknown): TufLdError => error as TufLdError;

describe("the subject of an error", () => {
  test("is added once, with the code, the facts and the cause kept", () => {
    const cause = new AggregateError([], "two mirrors");
    const before = new TufLdError("ERR_EXPIRED", "gone", { role: "a", expires: "b", at: "c" }, { cause });
    const url = "http://h/1.a.json";
    const after = told(withSubject(before, { url, role: "b", file: "1.a.json" }));
    expect(after).toMatchObject({ code: "ERR_EXPIRED", message: `${url}: gone`, details: before.details });
    expect(after.cause).toBe(cause);
    expect(told(withSubject(after, { url: "http://other/", file: "other" }))).toMatchObject({
      message: `${url}: gone`,
      about: { url, role: "a", file: "1.a.json" },
    });
  });

  test("that was told first stays, and what it left open is filled in", () => {
    const inner = withSubject(shape(), { file: "timestamp.json" });
    const outer = told(withSubject(inner, { file: "folder", role: "timestamp" }));
    expect(outer.about).toEqual({ file: "timestamp.json", role: "timestamp" });
    expect(outer.message).toBe("timestamp.json: must be a string");
  });

  test("names the role where the file's name does not", () => {
    expect(told(withSubject(shape(), { file: "x/3.team%2Fa.json", role: "team/a" })).message).toBe(
      'x/3.team%2Fa.json (role "team/a"): must be a string',
    );
    expect(told(withSubject(shape(), { file: "3.bins.json", role: "bins" })).message).toBe(
      "3.bins.json: must be a string",
    );
  });

  test("of an error of storage is that error's own path", () => {
    const full = new TufLdError("ERR_STORAGE", "/x: no space left", { path: "/x", reason: "no space left" });
    expect(withSubject(full, { file: "/y" })).toBe(full);
    expect(subjectOf(full)).toEqual({ file: "/x" });
  });

  test("is found among the facts where nobody told it", () => {
    const url = "https://h/timestamp.json";
    expect(subjectOf(new TufLdError("ERR_FILE_NOT_FOUND", "m", { url }))).toEqual({ url });
    // Offline there is no URL, and the file's name is no URL.
    expect(subjectOf(new TufLdError("ERR_FILE_NOT_FOUND", "m", { url: "timestamp.json" }))).toEqual({
      file: "timestamp.json",
    });
    const rollback = new TufLdError("ERR_ROLLBACK", "m", { role: "r", trusted: 2, offered: 1 });
    expect(subjectOf(rollback)).toEqual({ role: "r" });
    // The path of ERR_SHAPE is a JSON Pointer, and no file.
    expect(subjectOf(shape())).toEqual({});
  });

  test("reaches what is thrown now and what is rejected later, and nothing but our errors", async () => {
    const at = { file: "f" };
    const fail = (error: Error): never => {
      throw error;
    };
    expect(() => concerning(at, () => fail(shape()))).toThrow("f: must be a string");
    await expect(concerning(at, async () => fail(shape()))).rejects.toMatchObject({ about: at });
    const defect = new RangeError("defect");
    expect(() => concerning(at, () => fail(defect))).toThrow(defect);
  });
});
