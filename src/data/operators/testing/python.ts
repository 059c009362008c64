/** For tests that need python3: they are left out where there is none, since nothing else here needs it. */
import { spawnSync } from "node:child_process";
import { plainTools } from "./ready.ts";

export const hasPython = spawnSync("python3", ["--version"]).status === 0;

export const codeTools = { ...plainTools, allowCode: true };
