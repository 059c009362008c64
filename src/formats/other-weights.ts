/** Weights in forms that are not read: what lies in a folder without safetensors, and how to turn it into them. */
import { readdir } from "node:fs/promises";

/** Each form: which file names are of it, what it is, and what to do. */
const forms: readonly { readonly names: RegExp; readonly what: string; readonly fix: string }[] = [
  {
    names: /^(?:pytorch_model.*\.bin(?:\.index\.json)?|consolidated.*\.pth|.*\.(?:pt|pth|ckpt))$/i,
    what: "a pickle, which may run code when read",
    fix: convert(""),
  },
  { names: /^tf_model.*\.h5$/i, what: "weights of TensorFlow", fix: convert(", from_tf=True") },
  { names: /^flax_model.*\.msgpack$/i, what: "weights of Flax", fix: convert(", from_flax=True") },
  {
    names: /\.gguf$/i,
    what: "a model in GGUF",
    fix: "Name the file itself where GGUF is taken, or take the folder of safetensors that it was made from.",
  },
  { names: /\.onnx$/i, what: "a finished graph", fix: "Take the checkpoint it was exported from." },
];

function convert(more: string): string {
  return (
    "Convert it once, where Python and transformers are: " +
    `AutoModelForCausalLM.from_pretrained(DIR${more}).save_pretrained(OUT, safe_serialization=True), ` +
    "or take the repository's safetensors files."
  );
}

export interface OtherWeights {
  /** The first file, by name. */
  readonly file: string;
  readonly what: string;
  readonly fix: string;
}

/** What a file is, by its name; undefined when it is none of the forms that are known and not read. */
export function otherWeightsOf(file: string): OtherWeights | undefined {
  const form = forms.find(({ names }) => names.test(file));
  return form === undefined ? undefined : { file, what: form.what, fix: form.fix };
}

/** The first of the forms above that a folder holds; undefined when it holds none. */
export async function otherWeights(dir: string): Promise<OtherWeights | undefined> {
  const names = (await readdir(dir).catch(() => [] as string[])).sort();
  for (const { names: pattern } of forms) {
    const file = names.find((name) => pattern.test(name));
    if (file !== undefined) return otherWeightsOf(file);
  }
  return undefined;
}
