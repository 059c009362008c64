/**
 * `modules_to_save`: modules of the base that are trained as a whole beside an adapter (a head for new tokens, norms),
 * as copies that lie in the adapter's file under the names of the base. A name stands for every module whose path ends
 * with it, and for all that lies below, as in PEFT: "norm" is input_layernorm, too. A tied head gets a copy of its own; the table stays.
 */
import { fail } from "../../base/errors.ts";
import { add, matmul, transpose } from "../../tensor/index.ts";
import { biasSpec, eachOnce } from "../access.ts";
import { showValue } from "../config-reader.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { LinearModule, ParameterSpec } from "../scope.ts";
import { toPeftName } from "./peft-files.ts";
import type { AdapterTuning, TensorValues } from "./tuner.ts";

interface Copy {
  /** Where it lies in the adapter's file, without PEFT's prefix: the name in the base, or that of a tied head. */
  readonly name: string;
  /** The tensor that it is a copy of. */
  readonly source: string;
  readonly spec: ParameterSpec;
}

const spec = (name: string, shape: readonly number[]): ParameterSpec => {
  const at = name.lastIndexOf(".");
  return { name: `${name.slice(0, at)}.modules_to_save${name.slice(at)}`, shape };
};

/** "a.b.c.weight" -> a, a.b, a.b.c */
function pathsAbove(name: string): readonly string[] {
  const parts = name.split(".");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
}

/** @throws E_ADAPTER_TARGET for a name that no module has */
function copiesOf(model: Model, names: readonly string[]): ReadonlyMap<string, Copy> {
  const { specs } = describe(model);
  const head = model.head.module;
  const copies = new Map<string, Copy>();
  for (const target of names) {
    const matches = (name: string): boolean => pathsAbove(name).some((path) => path.endsWith(target));
    const found = specs.filter(({ name }) => matches(name));
    for (const { name, shape } of found) copies.set(name, { name, source: name, spec: spec(name, shape) });
    const own = `${head.path}.weight`;
    const tied = own !== head.weight && matches(own);
    if (tied) {
      copies.set(own, { name: own, source: head.weight, spec: spec(own, [head.outSize, head.inSize]) });
    }
    if (found.length > 0 || tied) continue;
    fail("E_ADAPTER_TARGET", {
      what: `modules_to_save ${showValue(target)} matches no module of the model.`,
      fix: "Name modules of the model, for example lm_head or embed_tokens.",
    });
  }
  return copies;
}

/** The tuning with whole modules of the base beside it. @throws E_ADAPTER_TARGET */
export function withSavedModules(model: Model, names: readonly string[], tuning: AdapterTuning): AdapterTuning {
  if (names.length === 0) return tuning;
  const copies = copiesOf(model, names);
  const list = [...copies.values()];
  const both = list.find(({ name }) => {
    const path = name.slice(0, name.lastIndexOf("."));
    return tuning.specs.some((other) => other.name.startsWith(`${path}.`));
  });
  if (both !== undefined) {
    fail("E_ADAPTER_TARGET", {
      what: `${both.name} is trained as a whole by modules_to_save, and has an adapter by target_modules.`,
      fix: "Leave it out of one of them.",
    });
  }
  const byOwnName = new Map(list.map((copy) => [copy.spec.name, copy]));
  const weightOf = ({ path }: LinearModule): ParameterSpec | undefined => copies.get(`${path}.weight`)?.spec;
  return {
    ...tuning,
    name: `${tuning.name}, with ${names.join(" ")}`,
    specs: [...tuning.specs, ...list.map((copy) => copy.spec)],
    start: async (seed, read) => {
      const values = new Map<string, Float32Array>(await tuning.start(seed, read));
      for (const copy of list) values.set(copy.spec.name, await read(copy.source));
      return values satisfies TensorValues;
    },
    intercept: (leaf, options) => {
      const get = eachOnce(leaf);
      const adapter = tuning.intercept(leaf, options);
      return (inner) =>
        adapter({
          ...inner,
          weight: (asked) => {
            const copy = copies.get(asked.name);
            return copy === undefined ? inner.weight(asked) : get(copy.spec);
          },
          linear: (x, module) => {
            const weight = weightOf(module);
            if (weight === undefined) return inner.linear(x, module);
            const y = matmul(x, get(weight), { transB: module.layout === "out,in" });
            const bias = biasSpec(module);
            return bias === undefined ? y : add(y, get((copies.get(bias.name) as Copy).spec));
          },
          matrix: (module) => {
            const weight = weightOf(module);
            if (weight === undefined) return inner.matrix(module);
            return module.layout === "out,in" ? get(weight) : transpose(get(weight), [1, 0]);
          },
        });
    },
    peft: {
      config: (baseModel) => ({ ...tuning.peft.config(baseModel), modules_to_save: names }),
      storedName: (name) => {
        const copy = byOwnName.get(name);
        return copy === undefined ? tuning.peft.storedName(name) : toPeftName(copy.name);
      },
    },
  };
}
