/** Typed reading of a GGUF file's keys; what is missing or of the wrong kind is refused by its name. */
import { fail } from "../../../base/errors.ts";
import type { GgufHeader, GgufTensor } from "../../../formats/gguf.ts";

export interface GgufMetadata {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly keys: readonly string[];
  readonly number: (key: string) => number;
  readonly optionalNumber: (key: string) => number | undefined;
  readonly optionalText: (key: string) => string | undefined;
  readonly optionalFlag: (key: string) => boolean | undefined;
  readonly texts: (key: string) => readonly string[];
  readonly optionalTexts: (key: string) => readonly string[] | undefined;
  readonly optionalNumbers: (key: string) => ArrayLike<number> | undefined;
}

/** Keys that begin with `.` are those of the architecture: `.block_count` is `llama.block_count`. */
export function readMetadata(path: string, { metadata, tensors }: GgufHeader): GgufMetadata {
  const architecture = metadata.get("general.architecture");
  if (typeof architecture !== "string") {
    return fail("E_GGUF", { where: path, what: "the key general.architecture is missing: this may be no model." });
  }
  const named = (key: string): string => (key.startsWith(".") ? architecture + key : key);
  const wrong = (key: string, wanted: string): never =>
    fail("E_GGUF", { where: path, what: `the key ${named(key)} is not ${wanted}.` });
  const optional = <T>(key: string, wanted: string, is: (value: unknown) => value is T): T | undefined => {
    const value = metadata.get(named(key));
    if (value === undefined || is(value)) return value as T | undefined;
    return wrong(key, wanted);
  };
  const needed = <T>(key: string, value: T | undefined): T =>
    value ?? fail("E_GGUF", { where: path, what: `the key ${named(key)} is missing.` });
  const optionalNumber = (key: string): number | undefined => {
    const value = optional(
      key,
      "a number",
      (item): item is number => typeof item === "number" && Number.isFinite(item),
    );
    return value === undefined ? undefined : shortest(value);
  };
  const optionalTexts = (key: string): readonly string[] | undefined =>
    optional(key, "a list of texts", (value): value is readonly string[] => Array.isArray(value));
  return {
    path,
    tensors,
    keys: [...metadata.keys()],
    optionalNumber,
    number: (key) => needed(key, optionalNumber(key)),
    optionalText: (key) => optional(key, "a text", (value) => typeof value === "string"),
    optionalFlag: (key) => optional(key, "true or false", (value) => typeof value === "boolean"),
    optionalTexts,
    texts: (key) => needed(key, optionalTexts(key)),
    optionalNumbers: (key) =>
      optional(
        key,
        "a list of numbers",
        (value): value is Float32Array =>
          ArrayBuffer.isView(value) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array),
      ),
  };
}

/** The shortest decimal number that is the same in float32: 1e-5 for what the file can only hold as 9.99999974e-6. */
function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}
