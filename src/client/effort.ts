/**
 * How much work a search may be, and when it makes way for others. A role's key holder decides what the search has to
 * compare, so it is counted step by step; and a search that does not wait for the network would otherwise keep
 * timers, signals and `AbortSignal`s from being heard until it is over.
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { Bounds } from "../trust/paths.ts";
import type { Limits } from "./options.ts";

/** What it costs to visit a role and to look at a target, in the unit of one compared character. */
export const ROLE_STEPS = 50;
export const TARGET_STEPS = 10;

/** Counts steps until it is time for a pause. All searches of one client have it in common. */
export class Turn {
  readonly #every: number;
  readonly #signal: AbortSignal | undefined;
  #steps = 0;

  constructor({ stepsPerTurn }: Pick<Limits, "stepsPerTurn">, signal: AbortSignal | undefined) {
    this.#every = stepsPerTurn;
    this.#signal = signal;
  }

  /** @returns whether it is time for a pause */
  spend(steps: number): boolean {
    this.#steps += steps;
    return this.#steps >= this.#every;
  }

  /** @throws the signal's reason */
  check(): void {
    this.#signal?.throwIfAborted();
  }

  /** Lets timers and signals be heard. @throws the signal's reason */
  async pause(): Promise<void> {
    this.#steps = 0;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.check();
  }
}

/** The work of one search. */
export class Effort implements Bounds {
  readonly turn: Turn;
  readonly comparedLength: number;
  readonly #limit: "searchSteps" | "listSteps";
  readonly #allowed: number;
  #spent = 0;

  constructor(limit: "searchSteps" | "listSteps", limits: Limits, turn: Turn) {
    this.turn = turn;
    this.#limit = limit;
    this.#allowed = limits[limit];
    this.comparedLength = limits.comparedLength;
  }

  /** @returns whether it is time for a pause @throws ERR_LIMIT when there is nothing left to spend */
  spend(steps: number): boolean {
    this.#spent += steps;
    if (this.#spent > this.#allowed) {
      const message = `the search through delegations takes more than ${this.#allowed} steps (${this.#limit})`;
      throw new TufLdError("ERR_LIMIT", message, { limit: this.#limit, allowed: this.#allowed });
    }
    return this.turn.spend(steps);
  }

  /** As `spend`, with the pause. */
  async take(steps: number): Promise<void> {
    if (this.spend(steps)) await this.turn.pause();
  }
}
