import { contexts as didContexts } from "did-context";
import { expect, test } from "vitest";
import { contextDigest, loadPinnedContext, pinnedContexts } from "../../../src/document/contexts.ts";
import { createContextLoader } from "../../../src/document/loader.ts";

const URL_OF_OURS = "https://example.org/ours/v1";
const ours = { "@context": { name: "https://example.org/name" } };
const loader = createContextLoader(new Map([[URL_OF_OURS, ours]]));

const refused = (context: string) => ({ code: "ERR_CONTEXT", details: { context } });

// First, because what was compared once is never read from the package again.
test("a package that delivers another context than the pinned one is refused", async () => {
  const url = "https://www.w3.org/ns/did/v1";
  const published = didContexts.get(url) as { "@context": Record<string, unknown> };
  const original = published["@context"]["alsoKnownAs"];
  published["@context"]["alsoKnownAs"] = {
    "@id": "https://www.w3.org/ns/activitystreams#alsoKnownAt",
    "@type": "@id",
  };
  try {
    await expect(loader.load(url)).rejects.toMatchObject(refused(url));
  } finally {
    published["@context"]["alsoKnownAs"] = original;
  }
});

test.each([...pinnedContexts.values()])("$url from $package has the pinned hash", async ({ url, sha256 }) => {
  const { document, documentUrl, contextUrl } = await loader.load(url);
  expect(contextDigest(document)).toBe(sha256);
  expect(documentUrl).toBe(url);
  expect(contextUrl).toBeNull();
  expect(loader.pins(url)).toBe(true);
});

test("the hash is of the JCS form: white space and the order of members do not matter, every value does", () => {
  // sha256sum of {"@context":{"a":"x:1","b":[true,1.1,null]}}
  const expected = "76786742fab37be9e27ea05569ec07cf6b5992f6fe118c0f40e6d392dfbf7653";
  expect(contextDigest(JSON.parse('{ "@context": {"b":[true, 1.10, null], "a":"x:1"}}'))).toBe(expected);
  expect(contextDigest({ "@context": { a: "x:2", b: [true, 1.1, null] } })).not.toBe(expected);
});

test("an unknown URL is refused by name, and nothing is fetched", async () => {
  for (const url of [
    "https://example.com/unknown/v1",
    "https://w3id.org/security/data-integrity/v2#",
    "http://w3id.org/security/data-integrity/v2",
    "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
    "__proto__",
    "",
  ]) {
    expect(loader.pins(url)).toBe(false);
    await expect(loader.load(url)).rejects.toMatchObject(refused(url));
  }
});

test("what a package does to its context after it was compared has no effect", async () => {
  const url = "https://www.w3.org/ns/did/v1";
  const before = await loadPinnedContext(url);
  const published = didContexts.get(url) as { "@context": Record<string, unknown> };
  published["@context"]["injected"] = "https://example.org/injected";
  try {
    expect(await loadPinnedContext(url)).toEqual(before);
  } finally {
    delete published["@context"]["injected"];
  }
});

test("a loaded document is a copy: writing into it changes nothing for the next reader", async () => {
  for (const url of [URL_OF_OURS, "https://w3id.org/security/v2"]) {
    const first = (await loader.load(url)).document as { "@context": unknown };
    first["@context"] = "https://example.org/evil";
    expect((await loader.load(url)).document).not.toEqual(first);
  }
  expect(ours["@context"].name).toBe("https://example.org/name");
});

test("a supplied context is accepted with its own hash and refused with a changed byte", async () => {
  const url = "https://example.org/supplied/v1";
  const sha256 = contextDigest(ours);
  const supplied = createContextLoader(new Map(), [{ url, document: ours, sha256 }]);
  expect((await supplied.load(url)).document).toEqual(ours);
  const changed = { "@context": { name: "https://example.org/nam" } };
  expect(() => createContextLoader(new Map(), [{ url, document: changed, sha256 }])).toThrow(
    expect.objectContaining(refused(url)),
  );
});

test("a pinned URL cannot be given another meaning", () => {
  const url = "https://w3id.org/security/data-integrity/v2";
  expect(() => createContextLoader(new Map([[url, ours]]))).toThrow(expect.objectContaining(refused(url)));
  const supplied = { url: URL_OF_OURS, document: ours, sha256: contextDigest(ours) };
  expect(() => createContextLoader(new Map([[URL_OF_OURS, ours]]), [supplied])).toThrow(
    expect.objectContaining(refused(URL_OF_OURS)),
  );
});
