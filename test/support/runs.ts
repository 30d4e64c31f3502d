/**
 * How many random cases a property tries: the given number, or that many times TUF_LD_RUNS in a soak.
 * @module
 */

declare const __TUF_LD_RUNS__: number | undefined;

export function runs(ordinary: number): number {
  return ordinary * (typeof __TUF_LD_RUNS__ === "number" ? __TUF_LD_RUNS__ : 1);
}
