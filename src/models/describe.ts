/**
 * What a model is made of, found by running its blocks once against an access that writes down what is asked for:
 * tensors, linear modules, caches and tap points, in the order of the forward pass.
 */
import { internal } from "../base/errors.ts";
import { input } from "../tensor/index.ts";
import { biasSpec, createAccess, trainableLeaf, weightSpec } from "./access.ts";
import { headLogits, finalHidden, type Model } from "./model.ts";
import type { LinearModule, ParameterSpec } from "./scope.ts";

/** The cache of one attention layer. */
export interface CacheSpec {
  readonly path: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly window: number | undefined;
  /** Whether scores depend on more than queries, keys and the window: on distances (ALiBi) or sinks. */
  readonly biased: boolean;
}

export interface Description {
  /** Every tensor of a checkpoint, a tied head left out. */
  readonly specs: readonly ParameterSpec[];
  /** All linear modules, the head last. */
  readonly modules: readonly LinearModule[];
  readonly caches: readonly CacheSpec[];
  readonly taps: readonly string[];
}

const known = new WeakMap<Model, Description>();

/** Traced once for each model. */
export function describe(model: Model): Description {
  const found = known.get(model) ?? trace(model);
  known.set(model, found);
  return found;
}

function trace(model: Model): Description {
  const specs = new Map<string, ParameterSpec>();
  const modules = new Map<string, LinearModule>();
  const caches = new Map<string, CacheSpec>();
  const taps = new Set<string>();
  const see = (spec: ParameterSpec | undefined): void => {
    if (spec === undefined) return;
    const other = specs.get(spec.name);
    if (other !== undefined && other.shape.join() !== spec.shape.join()) internal(`${spec.name} has two shapes`);
    specs.set(spec.name, spec);
  };
  const plain = createAccess(trainableLeaf, (path, query, key, _, { headDim, window, alibi, sinks }) => {
    const heads = (x: typeof query): number => (x.shape.at(-1) as number) / headDim;
    caches.set(path, {
      path,
      heads: heads(query),
      kvHeads: heads(key),
      headDim,
      window,
      biased: alibi !== undefined || sinks !== undefined,
    });
    return query;
  });
  const seeModule = (module: LinearModule): void => {
    modules.set(module.path, module);
    see(weightSpec(module));
    see(biasSpec(module));
  };
  const tracing: typeof plain = {
    ...plain,
    weight: (spec) => {
      see(spec);
      return plain.weight(spec);
    },
    linear: (x, module) => {
      seeModule(module);
      return plain.linear(x, module);
    },
    matrix: (module) => {
      seeModule(module);
      return plain.matrix(module);
    },
    tap: (path, x) => {
      taps.add(path);
      return x;
    },
  };
  const tokens = (name: string) => input(name, "int32", ["batch", "time"]);
  const hidden = finalHidden(model, tracing, { inputIds: tokens("input_ids"), positions: tokens("positions") });
  headLogits(model, tracing, hidden);
  return { specs: [...specs.values()], modules: [...modules.values()], caches: [...caches.values()], taps: [...taps] };
}

/** How many numbers the specs hold. */
export function countParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
