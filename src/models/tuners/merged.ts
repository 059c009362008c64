/**
 * The tensors of a model with an adapter folded in. Nothing is written twice: what an adapter makes of a matrix is
 * what its interceptor says, so a merge runs that graph, tensor by tensor.
 */
import { fail, internal } from "../../base/errors.ts";
import type { HostTensor, Runtime } from "../../runtime/types.ts";
import { defineProgram, transpose, type Tensor } from "../../tensor/index.ts";
import { biasSpec, createAccess, trainableLeaf, weightSpec, type Leaf } from "../access.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { Access, LinearModule, ParameterSpec } from "../scope.ts";
import type { AdapterTuning, ReadTensor } from "./tuner.ts";

/** What becomes of each tensor of the model that the adapter changes. */
export interface Merge {
  /** The model that comes of it: an adapted head is no longer the embedding table. */
  readonly model: Model;
  readonly untied: boolean;
  /** The merged values of a tensor of `model`, or undefined where they are the base model's. */
  readonly read: (name: string) => Promise<Float32Array | undefined>;
}

interface Sources {
  readonly base: ReadTensor;
  readonly adapter: ReadTensor;
}

/** @throws E_ADAPTER_CONFIG for an adapter that cannot be folded into weights */
export function planMerge(model: Model, tuning: AdapterTuning, runtime: Runtime, sources: Sources): Merge {
  if (tuning.unmergeable !== undefined) {
    fail("E_ADAPTER_CONFIG", {
      what: `an adapter of this kind (${tuning.name}) cannot be merged: ${tuning.unmergeable}.`,
      fix: "Use base and adapter together: infer takes the adapter's folder.",
    });
  }
  const added = new Map([...tuning.specs, ...(tuning.kept ?? [])].map((spec) => [spec.name, spec]));
  const head = model.head.module;
  const untied = model.facts.tied && (changes(tuning, matrixOf(head)) || changes(tuning, weightOf(weightSpec(head))));
  const changed = untied ? model.withFacts({ tied: false }) : model;
  const expressions = new Map<string, Expression>(
    describe(model).specs.map((spec) => [spec.name, weightOf(spec)] as const),
  );
  for (const module of describe(changed).modules) {
    const own = module.path === changed.head.module.path ? { ...head, path: module.path } : module;
    expressions.set(module.weight, matrixOf(own));
    const bias = biasSpec(module);
    if (bias !== undefined) expressions.set(bias.name, weightOf(bias));
  }
  // The table of a tied head that stays tied is read as a table and as a matrix: one expression for both.
  if (!untied && model.facts.tied) expressions.set(head.weight, weightOf(weightSpec(head)));
  return {
    model: changed,
    untied,
    read: async (name) => {
      const expression = expressions.get(name) ?? internal(`no tensor ${name}`);
      if (!changes(tuning, expression)) return undefined;
      const leaves = new Map<string, ParameterSpec>();
      const leaf: Leaf = (spec) => {
        leaves.set(spec.name, spec);
        return trainableLeaf(spec);
      };
      const value = expression(tuning.intercept(leaf)(createAccess(leaf, noAttention)));
      const program = defineProgram({ value });
      const feeds: Record<string, HostTensor> = {};
      for (const input of program.inputs.keys()) {
        const { shape } = leaves.get(input) ?? internal(`no leaf ${input}`);
        const data = await (added.has(input) ? sources.adapter(input) : sources.base(input));
        feeds[input] = { dtype: "float32", shape, data };
      }
      const session = await runtime.compile(program);
      try {
        const outputs = await session.run(feeds);
        return (await runtime.toHost(outputs["value"] ?? internal("no value"))).data as Float32Array;
      } finally {
        await session.release();
      }
    },
  };
}

/** A tensor as it is stored, asked for through an access. */
type Expression = (access: Access) => Tensor;

const weightOf =
  (spec: ParameterSpec): Expression =>
  (access) =>
    access.weight(spec);

const matrixOf =
  (module: LinearModule): Expression =>
  (access) => {
    const matrix = access.matrix(module); // [out, in]
    return module.layout === "out,in" ? matrix : transpose(matrix, [1, 0]);
  };

/** Whether the interceptor puts a tensor of its own into the expression. */
function changes(tuning: AdapterTuning, expression: Expression): boolean {
  const own = new Set(tuning.specs.map(({ name }) => name));
  const access = tuning.intercept(trainableLeaf)(createAccess(trainableLeaf, noAttention));
  return [...defineProgram({ value: expression(access) }).inputs.keys()].some((name) => own.has(name));
}

const noAttention: Access["attend"] = () => internal("a merge attends to nothing");
