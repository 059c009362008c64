/**
 * Which linear modules an adapter goes on, with PEFT's rules: a list names modules by their whole path or by
 * its end, a string is a regular expression over the whole path, "all-linear" is every one but the head.
 */
import { fail } from "../../base/errors.ts";
import { showValue } from "../config-reader.ts";
import { HEAD, type LinearModule } from "../parameters.ts";

/** "all-linear", a regular expression, or names of modules. */
export type TargetModules = string | readonly string[];

const PATTERN_LIMIT = 2000;

/** Python's `re` spells named groups and the ends of text otherwise. Throws E_ADAPTER_TARGET when it is no pattern. */
export function compilePattern(pattern: string, wrap: (inner: string) => string): RegExp {
  const inner = pattern.replaceAll("(?P<", "(?<").replaceAll("\\Z", "$").replaceAll("\\A", "^");
  try {
    if (pattern.length > PATTERN_LIMIT) throw new Error(`longer than ${PATTERN_LIMIT} characters`);
    return new RegExp(wrap(inner));
  } catch (cause) {
    return fail("E_ADAPTER_TARGET", {
      what: `${showValue(pattern)} is no regular expression: ${(cause as Error).message}.`,
      fix: "Correct the expression, or give a list of module names.",
      cause,
    });
  }
}

function named(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`);
}

/** The word for every linear module but the head, alone or in a list. */
export function isAllLinear(name: string): boolean {
  return name.toLowerCase() === "all-linear";
}

/** A test for one module path. */
export function targetMatcher(target: TargetModules): (module: string) => boolean {
  if (typeof target !== "string") {
    return (module) => target.some((name) => (isAllLinear(name) ? module !== HEAD : named(module, name)));
  }
  if (isAllLinear(target)) return (module) => module !== HEAD;
  const pattern = compilePattern(target, (inner) => `^(?:${inner})$`);
  return (module) => pattern.test(module);
}

/** The modules chosen, in the model's order. Throws E_ADAPTER_TARGET when nothing, or a listed name, matches. */
export function selectTargets(
  modules: readonly LinearModule[],
  target: TargetModules,
  exclude?: TargetModules,
): readonly LinearModule[] {
  const chosen = targetMatcher(target);
  const excluded = exclude === undefined ? () => false : targetMatcher(exclude);
  const found = modules.filter(({ module }) => chosen(module) && !excluded(module));
  const lost =
    typeof target === "string"
      ? undefined
      : target.find((name) => !isAllLinear(name) && !modules.some(({ module }) => named(module, name)));
  if (found.length > 0 && lost === undefined) return found;
  const endings = [...new Set(modules.map(({ module }) => lastName(module)))].join(", ");
  return fail("E_ADAPTER_TARGET", {
    what: `target_modules ${showValue(lost ?? target)} matches no linear module; the model has ${endings}.`,
  });
}

export function lastName(module: string): string {
  return module.slice(module.lastIndexOf(".") + 1);
}

/** The shortest list of names that selects just these modules: their last names, or else their whole paths. */
export function namesOf(chosen: readonly LinearModule[], modules: readonly LinearModule[]): readonly string[] {
  const endings = [...new Set(chosen.map(({ module }) => lastName(module)))].sort();
  const byEnding = modules.filter(({ module }) => endings.some((name) => named(module, name)));
  return byEnding.length === chosen.length ? endings : chosen.map(({ module }) => module);
}

/** The value of the first pattern that matches the end of a module path, as PEFT reads rank_pattern and alpha_pattern. */
export function byPattern(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  return Object.entries(patterns).find(([key]) =>
    compilePattern(key, (inner) => `^(?:.*\\.)?(?:${inner})$`).test(module),
  )?.[1];
}
