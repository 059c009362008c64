/**
 * Where the tensors of a model lie, for the two ways they are used: frozen ones are handed to the engine in
 * place (file, offset, length), trained ones are read into memory.
 */
import { realpath, stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { fail, internal } from "../base/errors.ts";
import { readTensor, type CheckpointTensor } from "../formats/safetensors.ts";
import type { WeightSource } from "../tensor/index.ts";
import type { ParameterSpec } from "./parameters.ts";

/** Tensors by the name the graph uses. */
export type TensorTable = ReadonlyMap<string, CheckpointTensor>;

/** What a runtime's `compile` wants to know of frozen weights. */
export interface WeightPlaces {
  readonly weights: WeightSource;
  readonly weightsFolder: string;
  /** Changes when a file does. */
  readonly weightsVersion: string;
}

/** Formats that the engine casts to float32 when it loads a weight. */
const castable: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

/**
 * The places of all tensors, relative to the one folder that holds all their files. Links are followed first:
 * the engine refuses files outside that folder, and a downloaded snapshot is links to files elsewhere.
 */
export async function weightSource(tensors: TensorTable): Promise<WeightPlaces> {
  const real = new Map<string, string>();
  const versions: string[] = [];
  for (const { file } of tensors.values()) {
    if (real.has(file)) continue;
    const path = await realpath(file);
    real.set(file, path);
    const { size, mtimeMs, ino } = await stat(path);
    versions.push(`${path}:${ino}:${size}:${mtimeMs}`);
  }
  const weightsFolder = commonFolder([...real.values()]);
  const weights: WeightSource = (name) => {
    const { file, dtype, offset, length } = tensors.get(name) ?? internal(`no tensor ${name}`);
    const location = relative(weightsFolder, real.get(file) as string).replaceAll(sep, "/");
    return { dtype, data: { location, offset, length } };
  };
  return { weights, weightsFolder, weightsVersion: versions.join() };
}

/** The deepest folder above all files. */
function commonFolder(files: readonly string[]): string {
  const [first = process.cwd(), ...rest] = files.map((file) => dirname(file));
  return rest.reduce((folder, other) => {
    let common = folder;
    while (other !== common && !other.startsWith(common.endsWith(sep) ? common : common + sep)) {
      const above = dirname(common);
      if (above === common) return internal(`${folder} and ${other} are on different drives`);
      common = above;
    }
    return common;
  }, first);
}

/** Values as float32, for tensors that are trained. */
export async function readParameters(
  tensors: TensorTable,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const name of names) {
    values.set(name, await readTensor(tensors.get(name) ?? internal(`no tensor ${name}`)));
  }
  return values;
}

/** Throws E_MODEL_TENSOR when a tensor is missing, of another shape or no float; returns the names that no spec asks for. */
export function checkTensors(tensors: TensorTable, specs: readonly ParameterSpec[], where: string): readonly string[] {
  const wanted = new Set(specs.map((spec) => spec.name));
  const extra = [...tensors.keys()].filter((name) => !wanted.has(name));
  const missing = specs.filter((spec) => !tensors.has(spec.name));
  if (missing.length > 0) {
    const [first] = missing as [ParameterSpec];
    const shown = extra.length === 0 ? "" : `; the files hold unknown ones such as ${extra.slice(0, 3).join(", ")}`;
    fail("E_MODEL_TENSOR", {
      where,
      what: `tensor "${first.name}" [${first.shape.join(", ")}] is missing${missing.length === 1 ? "" : ` (and ${missing.length - 1} more)`}${shown}.`,
    });
  }
  for (const { name, shape } of specs) {
    const found = tensors.get(name) as CheckpointTensor;
    if (found.shape.join() !== shape.join()) {
      fail("E_MODEL_TENSOR", {
        where: found.file,
        what: `tensor "${name}" has shape [${found.shape.join(", ")}], config.json wants [${shape.join(", ")}].`,
      });
    }
    if (!castable.has(found.dtype)) {
      fail("E_MODEL_TENSOR", {
        where: found.file,
        what: `tensor "${name}" is ${found.dtype}, wants one of ${[...castable].join(", ")}.`,
      });
    }
  }
  return extra;
}
