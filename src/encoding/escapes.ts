/**
 * Characters that have to be escaped in JSON or in N-Quads.
 * @module
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\u0000-\u001f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const ESCAPES = /[\u0000-\u001f\u007f\ufffe\uffff\\]/;

/** Whether there is a character below U+0020, which JSON has to escape. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/** Whether there is a control character, a backslash, DEL, U+FFFE or U+FFFF. */
export function hasEscapes(text: string): boolean {
  return ESCAPES.test(text);
}
