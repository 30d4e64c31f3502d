/**
 * The second oracle: Oxigraph's parsers, written in Rust and independent of jsonld.js.
 *
 * Its JSON-LD parser has no loader here, so the contexts are written into the document in place of their URLs.
 * @module
 */
import * as oxigraph from "oxigraph";
import wasmUrl from "oxigraph/web_bg.wasm?url";
import rdfCanonize from "rdf-canonize";
import type { Quad, Term } from "../../src/canonical/quad.ts";
import { stockContexts } from "./stock.ts";

/** What the package hands out lives in WebAssembly's memory until it is freed. */
interface Held {
  free(): void;
}

type Parse = (text: string, options: { readonly format: string }) => (Quad & Held)[];

// The package for Node starts by itself; the one for browsers exports the function that starts it.
const { default: start } = oxigraph as unknown as { default: unknown };
if (typeof start === "function") await start({ module_or_path: wasmUrl });

const parse = oxigraph.parse as unknown as Parse;

/** A copy of a term in JavaScript's memory; the original is freed. A long run would otherwise fill 4 GB. */
function release(held: Term): Term {
  const { termType, value, language = "", datatype } = held;
  const term =
    datatype === undefined ? { termType, value } : { termType, value, language, datatype: release(datatype) };
  (held as Term & Held).free();
  return term as Term;
}

function plain(quad: Quad & Held): Quad {
  const { subject, predicate, object, graph } = quad;
  quad.free();
  return {
    subject: release(subject),
    predicate: release(predicate),
    object: release(object),
    graph: release(graph),
  };
}

const inline = [...stockContexts.values()].map(
  (document) => (document as { "@context": object })["@context"],
);

/** The quads of a linked document, which comes without its `@context`, as Oxigraph reads them. */
export function oxigraphQuads(linked: object): Quad[] {
  return parse(JSON.stringify({ "@context": inline, ...linked }), { format: "application/ld+json" }).map(
    plain,
  );
}

/** The quads of a Turtle text. */
export function oxigraphTurtle(text: string): Quad[] {
  return parse(text, { format: "text/turtle" }).map(plain);
}

/** What rdf-canonize makes of the quads that Oxigraph reads from a linked document. */
export async function oxigraphCanonize(linked: object): Promise<string> {
  return rdfCanonize.canonize(oxigraphQuads(linked), {
    algorithm: "RDFC-1.0",
    format: "application/n-quads",
  });
}
