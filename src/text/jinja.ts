/**
 * Running a chat template, which is a program from somebody else's checkpoint, within limits.
 *
 * @huggingface/jinja gives templates no way to reach files, the network or JavaScript objects. What is added
 * here: limits on the size of the template, on what it makes and on its time (within-time.ts), and the variables that
 * transformers gives a template (`raise_exception`, `strftime_now`, `range`). What the library does in another way than
 * Python's jinja2 is mended in python-jinja.ts. One difference stays: texts joined to `x|safe` are not HTML-escaped.
 *
 * Follows transformers' chat_template_utils.py: `trim_blocks`, `lstrip_blocks`, `tools` and `documents` are
 * null when absent. `{% generation %}` marks are kept as two characters given by the caller.
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { fail, isTunesmithError } from "../base/errors.ts";
import { numberText } from "../formats/json-text.ts";
import { actAsJinja2 } from "./python-jinja.ts";
import { setVariable } from "./template-values.ts";
import { isOverTime, withinTime } from "../base/within-time.ts";

export interface TemplateLimits {
  readonly templateCharacters: number;
  /** Characters of all texts, and items of all lists, that one render makes. */
  readonly characters: number;
  readonly items: number;
  readonly rangeLength: number;
  /** For one render; published templates need a millisecond. */
  readonly seconds: number;
}

const defaultLimits: TemplateLimits = {
  templateCharacters: 1 << 20,
  characters: 1 << 28,
  items: 1 << 24,
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
  let program: ReturnType<typeof parse>;
  try {
    program = withinTime(limits.seconds, () => {
      const marked = source
        .replace(/\r\n?/g, "\n")
        .replace(
          generationTag,
          (_, left: string, end: string | undefined, right: string) =>
            `{%${left} if true %}${end === undefined ? open : close}{% endif ${right}%}`,
        );
      return parse(tokenize(marked, { lstrip_blocks: true, trim_blocks: true }));
    });
  } catch (cause) {
    if (isOverTime(cause)) failOverTime(where, limits);
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
  for (const [name, value] of Object.entries({ ...globals(where, now, limits), ...variables })) {
    setVariable(environment, name, value, numberText(variables, name));
  }
  const interpreter = new Interpreter(environment);
  actAsJinja2(interpreter);
  const evaluate = interpreter.evaluate.bind(interpreter);
  const room = { characters: limits.characters, items: limits.items };
  interpreter.evaluate = (...parameters: Parameters<typeof evaluate>) => {
    const result = evaluate(...parameters);
    // What is only looked up has been counted when it was made.
    if (parameters[0]?.type === "Identifier" || parameters[0]?.type === "MemberExpression") return result;
    const value: unknown = result.value;
    if (typeof value === "string") room.characters -= value.length;
    else if (Array.isArray(value)) room.items -= value.length;
    else return result;
    if (room.characters < 0 || room.items < 0) {
      fail("E_TEXT_TEMPLATE_LIMIT", {
        where,
        what: `The chat template made more than ${limits.characters} characters or ${limits.items} items of lists.`,
      });
    }
    return result;
  };
  try {
    return withinTime(limits.seconds, () => String(interpreter.run(program).value));
  } catch (cause) {
    if (isTunesmithError(cause)) throw cause;
    if (isOverTime(cause)) failOverTime(where, limits);
    if (cause instanceof RangeError)
      fail("E_TEXT_TEMPLATE_LIMIT", { where, what: `The chat template: ${reason(cause)}.` });
    return fail("E_TEXT_TEMPLATE_RENDER", { where, what: `The chat template refused: ${reason(cause)}.`, cause });
  }
}

function failOverTime(where: string, { seconds }: TemplateLimits): never {
  return fail("E_TEXT_TEMPLATE_LIMIT", { where, what: `The chat template ran for more than ${seconds} seconds.` });
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
