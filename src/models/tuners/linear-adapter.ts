/** What adapters on linear modules share, when each module's part needs nothing of the others. */
import { add, matmul, type Tensor } from "../../tensor/index.ts";
import { fail } from "../../base/errors.ts";
import { eachOnce, type Leaf } from "../access.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { Interceptor, LinearModule, ParameterSpec } from "../scope.ts";
import { selectTargets, type TargetModules } from "./targets.ts";

export type Get = (spec: ParameterSpec) => Tensor;

/** One linear module with what is put on it. */
export interface AdaptedModule {
  readonly linear: LinearModule;
  readonly specs: readonly ParameterSpec[];
  /** Layer by layer; `base` is the module without it. */
  readonly apply: (x: Tensor, get: Get, base: (x: Tensor) => Tensor) => Tensor;
  /** The matrix [out, in] with all that is put on it. */
  readonly matrix: (weight: Tensor, get: Get) => Tensor;
  /** The bias with what is put on it; as it is by default. */
  readonly bias?: (bias: Tensor, get: Get) => Tensor;
}

export function adapterInterceptor(modules: readonly AdaptedModule[], leaf: Leaf): Interceptor {
  const byPath = new Map(modules.map((module) => [module.linear.path, module]));
  const byBias = new Map(modules.map((module) => [module.linear.bias, module]));
  const get = eachOnce(leaf);
  return (inner) => ({
    ...inner,
    linear: (x, linear) => {
      const base = (input: Tensor): Tensor => inner.linear(input, linear);
      return byPath.get(linear.path)?.apply(x, get, base) ?? base(x);
    },
    matrix: (linear) => {
      const weight = inner.matrix(linear);
      return byPath.get(linear.path)?.matrix(weight, get) ?? weight;
    },
    weight: (spec) => {
      const value = inner.weight(spec);
      return byBias.get(spec.name)?.bias?.(value, get) ?? value;
    },
  });
}

/** A module whose matrix gets a difference [out, in] added. */
export function addedMatrix(
  linear: LinearModule,
  specs: readonly ParameterSpec[],
  difference: (get: Get) => Tensor,
): AdaptedModule {
  const once = new WeakMap<Get, Tensor>();
  const made = (get: Get): Tensor => {
    const known = once.get(get) ?? difference(get);
    once.set(get, known);
    return known;
  };
  return {
    linear,
    specs,
    apply: (x, get, base) => add(base(x), matmul(x, made(get), { transB: true })),
    matrix: (weight, get) => add(weight, made(get)),
  };
}

/** Target modules whose matrices are stored as torch's Linear has them. @throws E_ADAPTER_TARGET */
export function plainLinears(model: Model, targets: TargetModules, kind: string): readonly LinearModule[] {
  const chosen = selectTargets(describe(model).modules, targets);
  const other = chosen.find(({ layout }) => layout !== "out,in");
  if (other === undefined) return chosen;
  return fail("E_ADAPTER_TARGET", {
    what: `${other.path} stores its matrix as [in, out], for which PEFT has no ${kind}.`,
    fix: "Leave it out of target_modules, or take tuner_type lora.",
  });
}
