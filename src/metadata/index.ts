/**
 * Metadata files: one file, two views, three forms.
 * @module
 */
export {
  assertLinkable,
  type ClassicSignature,
  type FileForm,
  type JsonObject,
  type MetadataFile,
  metadataFromJson,
  metadataToJson,
  type ParseOptions,
  parseMetadata,
  serializeMetadata,
} from "./file.ts";
export { toClassic, toLinked } from "./linkedForm.ts";
export { validateSigned } from "./validate.ts";
