/** What operators may ask of a run, from plain data that can be sent to a worker. */
import { isAbsolute, join } from "node:path";
import type { OperatorTools } from "../operators/tools.ts";

export interface ToolsPlan {
  readonly seed: number;
  /** Folder at which relative paths of the recipe start. */
  readonly base: string;
  readonly allowCode: boolean;
}

export function createTools({ seed, base, allowCode }: ToolsPlan): OperatorTools {
  return { seed, allowCode, resolve: (path) => (isAbsolute(path) ? path : join(base, path)) };
}
