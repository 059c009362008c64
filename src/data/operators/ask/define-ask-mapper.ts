/**
 * Mappers that ask one question about each row: what to ask, how to read the answer, where to put it. The rest
 * (asking again, bad rows, rows that have their answer already) is the same for all.
 */
import type * as z from "zod";
import type { baseArgs } from "../args.ts";
import { defineMapper, type Mapped, type MapperOperator } from "../operator.ts";
import type { Sample } from "../sample.ts";
import type { ChatMessage, OperatorTools } from "../tools.ts";
import { askerOf, type AskOptions, type AskSettings, type Read } from "./ask.ts";

/** One operator with its arguments: build messages, read the answer, put it into the row. */
export interface AskPlan<T> extends AskOptions {
  /** Rows that need no asking. */
  readonly done?: (sample: Sample) => boolean;
  /** @throws E_DATA_ROW when the row lacks what is asked about */
  readonly messages: (sample: Sample) => readonly ChatMessage[];
  readonly read: (answer: string, sample: Sample) => Read<T>;
  readonly put: (sample: Sample, value: T) => Mapped;
}

type ArgsOf<Shape extends z.core.$ZodShape> = z.output<z.ZodObject<typeof baseArgs & Shape, z.core.$strict>>;

interface AskMapperDefinition<Shape extends z.core.$ZodShape, T> {
  readonly name: string;
  readonly summary: string;
  readonly args: Shape;
  readonly differs: string;
  readonly plan: (args: ArgsOf<Shape>, tools: OperatorTools) => AskPlan<T> | Promise<AskPlan<T>>;
}

/** Filters and mappers in front of a question to a model are always cheaper. */
export const ASK_COST = 1000;

export function defineAskMapper<Shape extends z.core.$ZodShape, T>(
  definition: AskMapperDefinition<Shape, T>,
): MapperOperator {
  const { name, plan: planOf, ...rest } = definition;
  return defineMapper({
    name,
    ...rest,
    cost: ASK_COST,
    remote: true,
    create: async (args, tools) => {
      const ask = askerOf(name, args as unknown as AskSettings, tools);
      const plan = await planOf(args as ArgsOf<Shape>, tools);
      return async (sample) => {
        if (plan.done?.(sample) === true) return sample.row;
        const value = await ask(sample, plan.messages(sample), (answer) => plan.read(answer, sample), plan);
        return plan.put(sample, value);
      };
    },
  });
}
