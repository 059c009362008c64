/** The default: every sample once an epoch. Its order is that of epochs.ts, for packs as well as samples. */
import { defineSampler } from "./sampler.ts";

export const shuffleSampler = defineSampler({
  name: "shuffle",
  summary:
    "Every sample once an epoch, each epoch in a new order; in the order of the files when dataset_shuffle is off.",
  source: "transformers",
  args: {},
});
