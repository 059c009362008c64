/** A small classifier, layers with ReLU between, trained by the product's own step and loop. */
import { randomAt } from "../../src/base/random.ts";
import { adamw } from "../../src/optim/adamw.ts";
import { oneGroup } from "../../src/optim/groups.ts";
import type { Runtime } from "../../src/runtime/types.ts";
import type { LossTerms } from "../../src/losses/loss-terms.ts";
import * as t from "../../src/tensor/functions.ts";
import type { Tensor } from "../../src/tensor/graph.ts";
import { joinEvents } from "../../src/train/events.ts";
import { createHostStep } from "../../src/train/host-step.ts";
import { startOfRun, trainLoop, type LoopOptions, type MicroBatch } from "../../src/train/loop.ts";

export interface NetOptions {
  /** Inputs, hidden layers, classes. */
  readonly widths: readonly number[];
  readonly seed: number;
  readonly runtime: Runtime;
}

export interface Example {
  readonly input: Float32Array;
  readonly label: number;
}

export interface RunOptions extends Pick<LoopOptions, "totalSteps" | "evaluation"> {
  readonly learningRate: number;
  readonly batchesOf: (step: number) => readonly MicroBatch[];
  readonly schedule?: LoopOptions["schedule"];
  /** Called every so many steps, and at the end. */
  readonly look?: { readonly every: number; readonly at: (step: number) => Promise<void> };
}

export interface SmallNet {
  readonly batch: (examples: readonly Example[], group?: string) => MicroBatch;
  readonly run: (options: RunOptions) => Promise<void>;
  /** Share of examples whose class is right. */
  readonly accuracy: (examples: readonly Example[]) => Promise<number>;
  /** Least lead of the right class over the others, for each example. */
  readonly margins: (examples: readonly Example[]) => Promise<Float64Array>;
  readonly release: () => Promise<void>;
}

export async function createSmallNet({ widths, seed, runtime }: NetOptions): Promise<SmallNet> {
  const layers = widths
    .slice(1)
    .map((width, i) => ({ width, from: widths[i] as number, last: i === widths.length - 2 }));
  const specs = layers.flatMap(({ width, from, last }, i) => [
    { name: `weight${i}`, shape: last ? [width, from] : [from, width] },
    ...(last ? [] : [{ name: `bias${i}`, shape: [width] }]),
  ]);
  const initial = new Map(
    specs.map(({ name, shape }) => {
      const random = randomAt(seed, "net", name);
      const size = shape.reduce((product, dim) => product * dim, 1);
      // As torch.nn.Linear begins: uniform up to 1 / sqrt(inputs), biases too.
      const fan = widths[Number(name.at(-1))] as number;
      return [name, Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) / Math.sqrt(fan))];
    }),
  );
  const loss = (leaves: ReadonlyMap<string, Tensor>): LossTerms => {
    const leaf = (name: string): Tensor => leaves.get(name) as Tensor;
    let hidden: Tensor = t.input("x", "float32", ["rows", widths[0] as number]);
    for (const [i] of layers.slice(0, -1).entries()) {
      hidden = t.relu(t.add(t.matmul(hidden, leaf(`weight${i}`)), leaf(`bias${i}`)));
    }
    const labels = t.cast(t.input("labels", "int32", ["rows"]), "int64");
    const nll = t.linearCrossEntropy(hidden, leaf(`weight${layers.length - 1}`), labels);
    return { loss: t.mul(t.sumAll(nll), t.input("loss_scale", "float32", [])), sums: {} };
  };
  const step = await createHostStep({
    specs,
    initial,
    loss,
    groups: oneGroup(adamw({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }), 0.01),
    runtime,
    compile: {},
  });

  const batch = (examples: readonly Example[], group?: string): MicroBatch => {
    const data = new Float32Array(examples.length * (widths[0] as number));
    for (const [i, { input }] of examples.entries()) data.set(input, i * input.length);
    return {
      feeds: {
        x: { dtype: "float32", shape: [examples.length, widths[0] as number], data },
        labels: { dtype: "int32", shape: [examples.length], data: Int32Array.from(examples, ({ label }) => label) },
      },
      trainedTokens: examples.length,
      tokens: examples.length,
      origin: [],
      ...(group === undefined ? {} : { group }),
    };
  };

  const logitsOf = async (examples: readonly Example[]): Promise<readonly Float64Array[]> => {
    const parameters = await step.readParameters();
    const values = (name: string): Float32Array => parameters.get(name) as Float32Array;
    return examples.map(({ input }) => {
      let hidden = Float64Array.from(input);
      for (const [i, { width, from, last }] of layers.entries()) {
        const [weight, next] = [values(`weight${i}`), new Float64Array(width)];
        for (let k = 0; k < from; k++) {
          const value = hidden[k] as number;
          if (value === 0) continue;
          for (let j = 0; j < width; j++) {
            next[j] = (next[j] as number) + value * (weight[last ? j * from + k : k * width + j] as number);
          }
        }
        hidden = last ? next : next.map((value, j) => Math.max(0, value + (values(`bias${i}`)[j] as number)));
      }
      return hidden;
    });
  };
  const margins = async (examples: readonly Example[]): Promise<Float64Array> => {
    const logits = await logitsOf(examples);
    return Float64Array.from(logits, (values, i) => {
      const { label } = examples[i] as Example;
      const others = values.filter((_, j) => j !== label);
      return (values[label] as number) - Math.max(...others);
    });
  };

  return {
    batch,
    margins,
    accuracy: async (examples) => {
      const leads = await margins(examples);
      return leads.reduce((sum, lead) => sum + (lead > 0 ? 1 : 0), 0) / leads.length;
    },
    run: async ({ look, schedule = () => 1, ...options }) => {
      await trainLoop(step, startOfRun, {
        ...options,
        schedule,
        stepsPerEpoch: options.totalSteps,
        maxGradNorm: 0,
        measures: () => ({}),
        saveEvery: look?.every ?? options.totalSteps,
        save: async ({ step: at }) => look?.at(at),
        events: joinEvents(),
      });
    },
    release: () => step.release(),
  };
}
