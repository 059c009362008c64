/**
 * Running a chat template, which is a program from somebody else's checkpoint, within limits.
 *
 * @huggingface/jinja gives templates no way to reach files, the network or JavaScript objects. What is added
 * here: limits on the size of the template, of every value it builds and of its time, and the
 * variables that transformers gives a template (`raise_exception`, `strftime_now`, `range`).
 *
 * Three differences from Python's jinja2 stay: numbers lose a trailing ".0" (JSON reads 1.0 as 1), filters such as
 * `trim` refuse null where Python writes "None", and texts joined to `x|safe` are not HTML-escaped.
 *
 * Follows transformers' chat_template_utils.py: `trim_blocks`, `lstrip_blocks`, `tools` and `documents` are
 * null when absent. `{% generation %}` marks are kept as two characters given by the caller.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { fail, isTunesmithError } from "../base/errors.ts";

export interface TemplateLimits {
  readonly templateCharacters: number;
  /** Characters of a text or items of a list. */
  readonly valueLength: number;
  readonly rangeLength: number;
  /** For one render; published templates need a millisecond. */
  readonly seconds: number;
}

const defaultLimits: TemplateLimits = {
  templateCharacters: 1 << 20,
  valueLength: 1 << 26,
  rangeLength: 100_000,
  seconds: 10,
};

export interface CompiledTemplate {
  /** Renders with these variables. Throws E_TEXT_TEMPLATE_RENDER or E_TEXT_TEMPLATE_LIMIT. */
  readonly render: (variables: Readonly<Record<string, unknown>>) => string;
}

export interface CompileOptions {
  /** Named in errors. */
  readonly where: string;
  /** What `strftime_now` tells; fix it and a rendered date does not change between a run and its resumption. */
  readonly now: Date;
  /** Characters to write where the template opens and closes a `{% generation %}` block; else the tags vanish. */
  readonly generationMarks?: readonly [open: string, close: string];
  readonly limits?: Partial<TemplateLimits>;
}

const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

export function hasGenerationTags(source: string): boolean {
  return /\{%-?\s*generation\s*-?%\}/.test(source);
}

/** Parses a template once. Throws E_TEXT_TEMPLATE_SYNTAX or E_TEXT_TEMPLATE_LIMIT. */
export function compileTemplate(source: string, options: CompileOptions): CompiledTemplate {
  const { where } = options;
  const limits = { ...defaultLimits, ...options.limits };
  if (source.length > limits.templateCharacters) {
    fail("E_TEXT_TEMPLATE_LIMIT", {
      where,
      what: `The chat template has ${source.length} characters, more than ${limits.templateCharacters}.`,
    });
  }
  const [open, close] = options.generationMarks ?? ["", ""];
  // A block that only writes the mark, so that the whitespace rules of a block still hold around it.
  const marked = source.replace(
    generationTag,
    (_, left: string, end: string | undefined, right: string) =>
      `{%${left} if true %}${end === undefined ? open : close}{% endif ${right}%}`,
  );
  let program: ReturnType<typeof parse>;
  try {
    program = parse(tokenize(marked, { lstrip_blocks: true, trim_blocks: true }));
  } catch (cause) {
    return fail("E_TEXT_TEMPLATE_SYNTAX", {
      where,
      what: `The chat template cannot be parsed: ${reason(cause)}.`,
      cause,
    });
  }
  return { render: (variables) => run(program, variables, options, limits) };
}

function run(
  program: ReturnType<typeof parse>,
  variables: Readonly<Record<string, unknown>>,
  { where, now }: CompileOptions,
  limits: TemplateLimits,
): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...globals(where, now, limits), ...variables }))
    environment.set(name, value);
  const interpreter = new Interpreter(environment);
  const evaluate = interpreter.evaluate.bind(interpreter);
  acceptNullLists(interpreter, environment);
  const deadline = performance.now() + limits.seconds * 1000;
  let steps = 0;
  interpreter.evaluate = (...parameters: Parameters<typeof evaluate>) => {
    if (++steps % 64 === 0 && performance.now() > deadline) {
      fail("E_TEXT_TEMPLATE_LIMIT", { where, what: `The chat template ran for more than ${limits.seconds} seconds.` });
    }
    const result = evaluate(...parameters);
    const value: unknown = result.value;
    if ((typeof value === "string" || Array.isArray(value)) && value.length > limits.valueLength) {
      fail("E_TEXT_TEMPLATE_LIMIT", {
        where,
        what: `The chat template built a value of ${value.length} parts, more than ${limits.valueLength}.`,
      });
    }
    return result;
  };
  try {
    return String(interpreter.run(program).value);
  } catch (cause) {
    if (isTunesmithError(cause)) throw cause;
    return fail("E_TEXT_TEMPLATE_RENDER", { where, what: `The chat template refused: ${reason(cause)}.`, cause });
  }
}

const listFilters = new Set(["map", "reject", "rejectattr", "select", "selectattr"]);

/** Python's selecting filters take null as an empty list, and templates rely on it; the library's refuse. */
function acceptNullLists(interpreter: Interpreter, environment: Environment): void {
  const target = interpreter as unknown as { applyFilter: (...parameters: unknown[]) => unknown };
  const apply = target.applyFilter.bind(target);
  target.applyFilter = (operand, filter, scope) => {
    const { callee } = filter as { callee?: { value?: unknown } };
    const empty = (operand as { type?: string }).type === "NullValue" && listFilters.has(String(callee?.value));
    return apply(empty ? new Environment(environment).set("empty", []) : operand, filter, scope);
  };
}

function globals(where: string, now: Date, limits: TemplateLimits): Record<string, unknown> {
  return {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    raise_exception: (message: unknown) => {
      throw new Error(String(message));
    },
    strftime_now: (format: unknown) => strftime(now, String(format)),
    range: (first: unknown, second?: unknown, third?: unknown) =>
      range(where, limits.rangeLength, first, second, third),
  };
}

function range(where: string, longest: number, first: unknown, second: unknown, third: unknown): number[] {
  const [start, stop, step] =
    second === undefined ? [0, Number(first), 1] : [Number(first), Number(second), Number(third ?? 1)];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= longest)) {
    fail("E_TEXT_TEMPLATE_LIMIT", { where, what: `The chat template asks for range() of ${length} numbers.` });
  }
  return Array.from({ length }, (_, i) => start + i * step);
}

const months = "January February March April May June July August September October November December".split(" ");
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** The directives of Python's strftime that chat templates use, in English whatever the locale; local time. */
export function strftime(date: Date, format: string): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const directives: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    B: () => months[date.getMonth()] ?? "",
    b: () => (months[date.getMonth()] ?? "").slice(0, 3),
    A: () => days[date.getDay()] ?? "",
    a: () => (days[date.getDay()] ?? "").slice(0, 3),
    H: () => two(date.getHours()),
    I: () => two(date.getHours() % 12 || 12),
    p: () => (date.getHours() < 12 ? "AM" : "PM"),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    "%": () => "%",
  };
  return format.replace(/%(.)/gs, (whole, letter: string) => directives[letter]?.() ?? whole);
}

function reason(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
}
