/** Optimizers and schedules by the names recipes use. A new optimizer is its file and a line here. */
import { adafactorKind } from "./adafactor.ts";
import { adamMiniKind } from "./adam-mini.ts";
import { adamw8bitKind } from "./adamw-8bit.ts";
import { adamwKind } from "./adamw.ts";
import { apolloKind } from "./apollo.ts";
import { badamKind } from "./badam.ts";
import { galoreKind } from "./galore.ts";
import type { OptimizerKind } from "./kind.ts";
import { lionKind } from "./lion.ts";
import { muonKind } from "./muon.ts";
import { scheduleFreeKind } from "./schedule-free.ts";
import { sgdKind } from "./sgd.ts";

export { adamw } from "./adamw.ts";
export { sgd } from "./sgd.ts";

const table = {
  adamw: adamwKind,
  adamw_8bit: adamw8bitKind,
  adafactor: adafactorKind,
  adam_mini: adamMiniKind,
  apollo_adamw: apolloKind,
  badam: badamKind,
  galore_adamw: galoreKind,
  lion: lionKind,
  muon: muonKind,
  schedule_free_adamw: scheduleFreeKind,
  sgd: sgdKind,
} as const satisfies Record<string, OptimizerKind>;

export type OptimizerName = keyof typeof table;

export const optimizers: Readonly<Record<OptimizerName, OptimizerKind>> = table;
export const optimizerNames = Object.keys(table) as [OptimizerName, ...OptimizerName[]];

/** Names of other systems, each to ours. */
export const optimizerAliases: Readonly<Record<string, OptimizerName>> = Object.fromEntries(
  optimizerNames.flatMap((name) => optimizers[name].aliases.map((alias) => [alias, name] as const)),
);

export { courseOf, scheduleNames, schedules, type Schedule, type ScheduleName } from "./schedules.ts";
export { loraPlus, oneGroup, scaleRates, type Groups } from "./groups.ts";
export { byTurns, drawLayers } from "./turns.ts";
export type { Optimizer } from "./optimizer.ts";
