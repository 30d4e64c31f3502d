/**
 * RDF terms and quads, as jsonld.js makes them and rdf-canonize takes them (RDF/JS without its methods).
 * @module
 */

/** A node, a predicate, a literal or the default graph. A blank node's value is its label without `_:`. */
export interface Term {
  readonly termType: "NamedNode" | "BlankNode" | "Literal" | "DefaultGraph";
  readonly value: string;
  readonly datatype?: { readonly termType: "NamedNode"; readonly value: string };
  readonly language?: string;
}

/** One statement in one graph. */
export interface Quad {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
  readonly graph: Term;
}
