/** All tuners, by the name that `tuner_type` gives them; the first is the default. */
import { freezeTuner, fullTuner } from "./full.ts";
import { ia3Tuner } from "./ia3.ts";
import { lnTuner } from "./ln-tuning.ts";
import { loraTuner } from "./lora.ts";
import { lohaTuner, lokrTuner } from "./lycoris.ts";
import type { Tuner } from "./tuner.ts";
import { veraTuner } from "./vera.ts";

const table = {
  lora: loraTuner,
  full: fullTuner,
  freeze: freezeTuner,
  ia3: ia3Tuner,
  ln_tuning: lnTuner,
  loha: lohaTuner,
  lokr: lokrTuner,
  vera: veraTuner,
} satisfies Readonly<Record<string, Tuner>>;

export type TunerName = keyof typeof table;

export const tunerNames = Object.keys(table) as [TunerName, ...TunerName[]];

export const tuners: ReadonlyMap<string, Tuner> = new Map(Object.entries(table));
