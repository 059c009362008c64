/** Bounds of a score. */
import * as z from "zod";
import { arg } from "./args.ts";

const bound = (side: string) => arg(z.number().optional(), `${side} score that is kept, itself included.`);

export const boundArgs = { min: bound("Least"), max: bound("Greatest") } as const;

/** As inRange of mechanisms.ts takes them. */
export const boundsOf = ({ min, max }: { readonly min?: number | undefined; readonly max?: number | undefined }) => ({
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});
