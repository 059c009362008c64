/** Computes once what is computed twice: nodes of one operator with equal attributes and the same inputs. */
import type { Attribute, Node, Tensor } from "../graph.ts";
import type { Program } from "../program.ts";
import { rebuild, renew } from "../rebuild.ts";

export function shareCommonSubexpressions(program: Program): Program {
  const seen = new Map<string, readonly Tensor[]>();
  const identity = new Map<Tensor, number>();
  const numberOf = (tensor: Tensor): number => {
    const known = identity.get(tensor) ?? identity.size;
    identity.set(tensor, known);
    return known;
  };
  return rebuild(program, (node, inputs) => {
    const attributes = describeAttributes(node);
    if (attributes === undefined) return undefined;
    const key = `${node.op}(${inputs.map(numberOf).join()})${attributes}`;
    const outputs = seen.get(key) ?? renew(node, inputs);
    seen.set(key, outputs);
    return outputs;
  });
}

/** Large constants are compared by nobody: writing one twice costs less than hashing all. */
const LARGE = 64;

/** A text that is equal for equal attributes; undefined where that cannot be told cheaply. */
function describeAttributes({ attributes }: Node): string | undefined {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    const text = describe(value);
    if (text === undefined) return undefined;
    parts.push(`${name}=${text}`);
  }
  return parts.join(";");
}

function describe(value: Attribute): string | undefined {
  if (value === undefined || typeof value !== "object") return `${typeof value}:${String(value)}`;
  if (ArrayBuffer.isView(value)) return value.length > LARGE ? undefined : `${value.constructor.name}[${value.join()}]`;
  return Array.isArray(value) ? `[${value.join()}]` : undefined;
}
