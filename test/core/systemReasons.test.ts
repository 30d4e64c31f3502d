/**
 * What codes of the operating system say, and what helps.
 * @module
 */
import { expect, test } from "vitest";
import { TufLdError } from "../../src/errors.ts";
import { deepestOf, isLasting, systemReason, systemRemedy } from "../../src/systemReasons.ts";

const failure = (code: string): Error => Object.assign(new Error(`${code}: open`), { code });

test.each([
  ["ENOENT", "no such file"],
  ["EACCES", "permission"],
  ["EPERM", "not permitted"],
  ["EROFS", "read-only"],
  ["ENOSPC", "space"],
  ["EDQUOT", "quota"],
  ["EISDIR", "folder"],
  ["ENOTDIR", "not a folder"],
  ["ELOOP", "link"],
  ["EMFILE", "too many files"],
  ["ENAMETOOLONG", "too long"],
  ["EXDEV", "two file systems"],
  ["ETIMEDOUT", "in time"],
  ["ECONNREFUSED", "nobody answers"],
  ["ENOTFOUND", "no host"],
  ["EAI_AGAIN", "looked up"],
  ["ECONNRESET", "closed the connection"],
  ["CERT_HAS_EXPIRED", "expired"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "itself"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "does not know"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "another host"],
])("%s is said in words", (code, words) => {
  expect(systemReason(code)).toContain(words);
});

test("a code that nobody knows has no words, and the code is left", () => {
  expect(systemReason("EWHATEVER")).toBeUndefined();
  expect(systemReason(undefined)).toBeUndefined();
  expect(deepestOf(new TypeError("fetch failed", { cause: failure("EWHATEVER") }))).toEqual({
    code: "EWHATEVER",
    message: "EWHATEVER: open",
  });
  expect(deepestOf("text")).toEqual({ message: "text" });
});

test("a wrong certificate lasts, and a refused connection may not", () => {
  expect(isLasting("CERT_HAS_EXPIRED")).toBe(true);
  expect(isLasting("ECONNREFUSED")).toBe(false);
  expect(isLasting("ENOENT")).toBe(false);
});

test("what helps is found beneath wrapped errors, and beneath the first of several mirrors", () => {
  const wrapped = (cause: unknown): Error =>
    new TufLdError("ERR_STORAGE", "m", { path: "p", reason: "r" }, { cause });
  expect(systemRemedy(wrapped(failure("ENOSPC")))).toContain("make room");
  expect(systemRemedy(wrapped(new AggregateError([wrapped(failure("EROFS"))])))).toContain("read-only");
  expect(systemRemedy(wrapped(failure("ENOENT")))).toBeUndefined();
  expect(systemRemedy(new Error("plain"))).toBeUndefined();
});
