/**
 * The passes every program goes through before it is emitted. Dead code needs none: a program holds what its
 * outputs need and nothing else. Folding of constants is left to the engine.
 */
import type { Program } from "../program.ts";
import { shareCommonSubexpressions } from "./common-subexpressions.ts";
import { fuseScatterAdd } from "./fuse-scatter-add.ts";

const passes: readonly ((program: Program) => Program)[] = [shareCommonSubexpressions, fuseScatterAdd];

export function optimize(program: Program): Program {
  return passes.reduce((current, pass) => pass(current), program);
}
