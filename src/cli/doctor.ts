/** `tunesmith doctor`: what this machine has for training, and the fix for what it lacks. */
import { doctorRecipe } from "../recipes/doctor.ts";
import type { Context } from "./context.ts";
import type { Check } from "./doctor/check.ts";
import { cpuChecks, cudaCheck, webgpuCheck } from "./doctor/engine.ts";
import { machineChecks } from "./doctor/machine.ts";
import { displayWidth, type Paint } from "./terminal/paint.ts";
import { defineVerb } from "./verb.ts";

const marks = { ok: "✓", lack: "–", fail: "✗" } as const;
const colours = { ok: "green", lack: "yellow", fail: "red" } as const;

export function reportText(checks: readonly Check[], paint: Paint): string {
  const width = Math.max(...checks.map(({ name }) => displayWidth(name)));
  const lines = checks.flatMap(({ name, status, value, fix }) => [
    `${paint(colours[status], marks[status])} ${name.padEnd(width)}  ${value}`,
    ...(fix === undefined ? [] : [`${" ".repeat(width + 4)}${paint("dim", fix)}`]),
  ]);
  const ready = isReady(checks);
  const verdict = ready
    ? "Training on the CPU works here."
    : "Training cannot run here before what is marked ✗ is fixed.";
  return `${[...lines, "", paint(ready ? "green" : "red", verdict)].join("\n")}\n`;
}

const isReady = (checks: readonly Check[]): boolean => checks.every(({ status }) => status !== "fail");

async function run(args: { readonly json: boolean }, { stdout, paintOut }: Context): Promise<number> {
  const [machine, engine] = [await machineChecks(), await cpuChecks()];
  const [webgpu, cuda] = await Promise.all([webgpuCheck(engine.backends), cudaCheck(engine.backends)]);
  const checks = [...machine, ...engine.checks, webgpu, cuda];
  const ready = isReady(checks);
  stdout.write(args.json ? `${JSON.stringify({ ready, checks }, null, 2)}\n` : reportText(checks, paintOut));
  return ready ? 0 : 1;
}

export const doctorVerb = defineVerb({
  recipe: doctorRecipe,
  usage: "[--json]",
  examples: () => ["tunesmith doctor", "tunesmith doctor --json"],
  run,
});
