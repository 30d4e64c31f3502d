/**
 * Writes the files of this folder: `npm run build && node contexts/generate.mjs`.
 * @module
 */
import { writeFileSync } from "node:fs";
import { contextFiles } from "../dist/vocabulary/page.js";

for (const [name, text] of contextFiles()) writeFileSync(new URL(name, import.meta.url), text);
