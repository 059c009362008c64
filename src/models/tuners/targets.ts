/**
 * Which linear modules an adapter goes on, with PEFT's rules: a list names modules by their whole path or by
 * its end, a string is a regular expression over the whole path, "all-linear" is every one but the head.
 */
import { fail } from "../../base/errors.ts";
import { inTimeTogether, isLinear } from "../../base/in-time.ts";
import { showValue } from "../config-reader.ts";
import type { LinearModule } from "../scope.ts";

/** "all-linear", a regular expression, or names of modules. */
export type TargetModules = string | readonly string[];

const PATTERN_LIMIT = 2000;
/** For the patterns of one adapter on all names of modules. */
const TIME_LIMIT_MS = 2000;

/** Throws E_ADAPTER_TARGET when the pattern that is tried has no end on the name of a module. */
function boundedPattern(): <Value>(pattern: () => string, module: string, work: () => Value) => Value {
  const together = inTimeTogether(TIME_LIMIT_MS);
  return (pattern, module, work) =>
    together(work, () =>
      fail("E_ADAPTER_TARGET", {
        what: `${showValue(pattern())} takes longer than ${TIME_LIMIT_MS / 1000} seconds on the names of modules, the last of them ${module}.`,
        fix: "Write the expression so that it has no repetition within a repetition, or give a list of module names.",
      }),
    );
}

/** Python's `re` spells named groups and the ends of text otherwise. Throws E_ADAPTER_TARGET when it is no pattern. */
function compilePattern(pattern: string, wrap: (inner: string) => string): RegExp {
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

/** A test whether a pattern is found in a name. Throws E_ADAPTER_TARGET when it is no pattern, or has no end on a name. */
export function patternTest(pattern: string): (name: string) => boolean {
  const compiled = compilePattern(pattern, (inner) => inner);
  if (isLinear(pattern)) return (name) => compiled.test(name);
  const bounded = boundedPattern();
  return (name) =>
    bounded(
      () => pattern,
      name,
      () => compiled.test(name),
    );
}

function named(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`);
}

/** The word for every linear module but the head, alone or in a list. */
export function isAllLinear(name: string): boolean {
  return name.toLowerCase() === "all-linear";
}

/** A test for one module path; `head` is the one that "all-linear" leaves out. */
export function targetMatcher(target: TargetModules, head: string | undefined): (module: string) => boolean {
  if (typeof target !== "string") {
    return (module) => target.some((name) => (isAllLinear(name) ? module !== head : named(module, name)));
  }
  if (isAllLinear(target)) return (module) => module !== head;
  const pattern = compilePattern(target, (inner) => `^(?:${inner})$`);
  if (isLinear(target)) return (module) => pattern.test(module);
  const bounded = boundedPattern();
  return (module) =>
    bounded(
      () => target,
      module,
      () => pattern.test(module),
    );
}

/** The modules chosen, in the model's order. Throws E_ADAPTER_TARGET when nothing, or a listed name, matches. */
export function selectTargets(
  modules: readonly LinearModule[],
  target: TargetModules,
  exclude?: TargetModules,
): readonly LinearModule[] {
  // The head comes last in the order of the forward pass.
  const head = modules.at(-1)?.path;
  const chosen = targetMatcher(target, head);
  const excluded = exclude === undefined ? () => false : targetMatcher(exclude, head);
  const found = modules.filter(({ path }) => chosen(path) && !excluded(path));
  const lost =
    typeof target === "string"
      ? undefined
      : target.find((name) => !isAllLinear(name) && !modules.some(({ path }) => named(path, name)));
  if (found.length > 0 && lost === undefined) return found;
  const endings = [...new Set(modules.map(({ path }) => lastName(path)))].join(", ");
  const parts = (lost ?? "").split(",").map((part) => part.trim());
  return fail("E_ADAPTER_TARGET", {
    what: `target_modules ${showValue(lost ?? target)} matches no linear module; the model has ${endings}.`,
    ...(parts.length > 1 ? { fix: `Names are separated by blanks, not commas: ${parts.join(" ").trim()}.` } : {}),
  });
}

export function lastName(module: string): string {
  return module.slice(module.lastIndexOf(".") + 1);
}

/** The shortest list of names that selects just these modules: their last names, or else their whole paths. */
export function namesOf(chosen: readonly LinearModule[], modules: readonly LinearModule[]): readonly string[] {
  const endings = [...new Set(chosen.map(({ path }) => lastName(path)))].sort();
  const byEnding = modules.filter(({ path }) => endings.some((name) => named(path, name)));
  return byEnding.length === chosen.length ? endings : chosen.map(({ path }) => path);
}

/** The value of the first pattern that matches the end of a module path, as PEFT reads rank_pattern and alpha_pattern. */
export function byPattern(patterns: Readonly<Record<string, number>>): (module: string) => number | undefined {
  const bounded = boundedPattern();
  const tests = Object.entries(patterns).map(([key, value]) => ({
    key,
    pattern: compilePattern(key, (inner) => `^(?:.*\\.)?(?:${inner})$`),
    value,
  }));
  const linear = tests.every(({ key }) => isLinear(key));
  return (module) => {
    let tried = "";
    const find = (): number | undefined =>
      tests.find(({ key, pattern }) => {
        tried = key;
        return pattern.test(module);
      })?.value;
    return linear ? find() : bounded(() => tried, module, find);
  };
}
