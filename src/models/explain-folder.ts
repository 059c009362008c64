/**
 * Why a path that was given as a model or an adapter is none: a file, a list with commas, the folder of a run
 * instead of one of its checkpoints, weights in a form that is not read. For the error, so nothing here is fast.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { otherWeights, otherWeightsOf } from "../formats/other-weights.ts";
import { otherKindOf } from "../formats/read-file.ts";

export interface Explanation {
  readonly what: string;
  /** Undefined where the code's own advice is right. */
  readonly fix?: string;
}

/** `missing` is the file that was looked for: config.json or adapter_config.json. */
export async function explainFolder(dir: string, missing: string): Promise<Explanation> {
  const stats = await stat(dir).catch(() => undefined);
  if (stats === undefined) return explainAbsence(dir, missing);
  if (!stats.isDirectory()) return explainFile(dir, otherKindOf(stats));
  const names = await readdir(dir).catch(() => [] as string[]);
  const checkpoints = names
    .flatMap((name) => (/^checkpoint-\d+$/.test(name) ? [name] : []))
    .sort((a, b) => Number(b.slice(11)) - Number(a.slice(11)));
  const newest = names.includes("last") ? "last" : checkpoints[0];
  if (newest !== undefined) {
    const best = names.includes("best") ? ` (or ${join(dir, "best")})` : "";
    return {
      what: `there is no ${missing}: this is the folder of a run, which holds checkpoints.`,
      fix: `Give ${join(dir, newest)}${best}.`,
    };
  }
  // An adapter given as a model is understood, a model given as an adapter is not.
  if (missing !== "config.json" && names.includes("config.json")) {
    return { what: `there is no ${missing}: this is a whole model, no adapter.`, fix: `Give it with --model ${dir}.` };
  }
  const others = await otherWeights(dir);
  if (others !== undefined) {
    return { what: `there is no ${missing}, only ${others.file} (${others.what}).`, fix: others.fix };
  }
  return { what: `there is no ${missing}.` };
}

function explainAbsence(dir: string, missing: string): Explanation {
  if (dir.includes(",")) {
    return {
      what: `there is no ${missing}, the folder does not exist.`,
      fix: `Several are separated by blanks, not commas: ${splitAtCommas(dir).join(" ")}.`,
    };
  }
  return { what: `there is no ${missing}, the folder does not exist.` };
}

function explainFile(path: string, other: string | undefined): Explanation {
  if (other !== undefined) return { what: `this is ${other}, not a folder.` };
  const form = otherWeightsOf(basename(path));
  if (form !== undefined) return { what: `this is a file (${form.what}), not a folder.`, fix: form.fix };
  return {
    what: "this is a file, not a folder.",
    ...(/\.(?:safetensors|json)$/.test(path) ? { fix: `Give the folder it lies in: ${dirname(path)}.` } : {}),
  };
}

/** The parts of a list that was written with commas. */
const splitAtCommas = (list: string): readonly string[] =>
  list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
