/** The table of samplers, by name; the first is the default. */
import { bandSampler } from "./band.ts";
import { clusterBalancedSampler } from "./cluster-balanced.ts";
import { dsirSampler } from "./dsir.ts";
import { kCenterSampler } from "./k-center.ts";
import { mixtureSampler } from "./mixture.ts";
import { paretoSampler } from "./pareto.ts";
import { pointsSampler } from "./points.ts";
import { proportionalSampler } from "./proportional.ts";
import { rehearsalSampler } from "./rehearsal.ts";
import { rs2Sampler } from "./rs2.ts";
import type { Sampler } from "./sampler.ts";
import { shuffleSampler } from "./shuffle.ts";
import { skillItSampler } from "./skill-it.ts";
import { snpSampler } from "./snp.ts";
import { thresholdSampler } from "./threshold.ts";
import { topKSampler } from "./top-k.ts";

export const samplers: ReadonlyMap<string, Sampler> = new Map(
  [
    shuffleSampler,
    mixtureSampler,
    rs2Sampler,
    skillItSampler,
    rehearsalSampler,
    thresholdSampler,
    bandSampler,
    topKSampler,
    proportionalSampler,
    paretoSampler,
    pointsSampler,
    dsirSampler,
    kCenterSampler,
    clusterBalancedSampler,
    snpSampler,
  ].map((sampler) => [sampler.name, sampler]),
);
