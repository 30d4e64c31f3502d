#!/usr/bin/env node
/// <reference types="node" />
/**
 * What `tuf-ld` starts with: loads the program, main.js, compiled by an earlier run if possible.
 * @module
 */
import { fileURLToPath } from "node:url";
import { loadCached } from "./codeCache.ts";

type Program = (
  require: NodeJS.Require,
  importPackage: (name: string) => Promise<unknown>,
  moduleUrl: string,
) => void;

/** Of the CommonJS module that the bundle makes of this one; to make another would load more of Node. */
declare const require: NodeJS.Require;

const [, , word = ""] = process.argv;
// The word is not trusted to name a command, but only a run that ended well makes a cache.
const use = /^[a-z][a-z-]{0,31}$/.test(word) ? word : "options";
const url = new URL("./main.js", import.meta.url);
const path = fileURLToPath(url);
const program = loadCached(path, use) as Program;
program(require, (name) => import(name), url.href);
