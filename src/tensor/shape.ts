/**
 * Shapes with symbolic dimensions.
 *
 * A dimension is a number or a canonical string: a product such as `2*batch*time`, whose factors are names
 * or parenthesised sums such as `(past+time)`. Products are sorted, so equal dimensions are equal strings.
 * Left out: subtraction and inequality. A slice of a symbolic axis names its result itself.
 */
import { fail, internal } from "../base/errors.ts";

export type Dim = number | string;
export type Shape = readonly Dim[];

interface Product {
  readonly coefficient: number;
  readonly factors: readonly string[];
}

function parseProduct(dim: Dim): Product {
  if (typeof dim === "number") return { coefficient: dim, factors: [] };
  let coefficient = 1;
  const factors: string[] = [];
  for (const part of splitTopLevel(dim, "*")) {
    if (/^\d+$/.test(part)) coefficient *= Number(part);
    else factors.push(part);
  }
  return { coefficient, factors };
}

/** Splits at a separator outside parentheses. */
function splitTopLevel(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function formatProduct({ coefficient, factors }: Product): Dim {
  if (factors.length === 0 || coefficient === 0) return coefficient;
  const names = [...factors].sort();
  return (coefficient === 1 ? names : [String(coefficient), ...names]).join("*");
}

export function mulDims(...dims: readonly Dim[]): Dim {
  let coefficient = 1;
  const factors: string[] = [];
  for (const dim of dims) {
    const product = parseProduct(dim);
    coefficient *= product.coefficient;
    factors.push(...product.factors);
  }
  return formatProduct({ coefficient, factors });
}

/** The quotient, or undefined when `divisor` does not divide `dim` for every value of the symbols. */
export function divDims(dim: Dim, divisor: Dim): Dim | undefined {
  const top = parseProduct(dim);
  const bottom = parseProduct(divisor);
  if (bottom.coefficient === 0 || top.coefficient % bottom.coefficient !== 0) return undefined;
  const factors = [...top.factors];
  for (const factor of bottom.factors) {
    const at = factors.indexOf(factor);
    if (at < 0) return undefined;
    factors.splice(at, 1);
  }
  return formatProduct({ coefficient: top.coefficient / bottom.coefficient, factors });
}

export function addDims(...dims: readonly Dim[]): Dim {
  let constant = 0;
  const terms: string[] = [];
  for (const term of dims.flatMap((dim) => (typeof dim === "number" ? [String(dim)] : sumTerms(dim)))) {
    if (/^\d+$/.test(term)) constant += Number(term);
    else terms.push(term);
  }
  if (terms.length === 0) return constant;
  if (constant === 0 && terms.length === 1) return terms[0] as string;
  const all = constant === 0 ? terms : [...terms, String(constant)];
  return `(${all.sort().join("+")})`;
}

/** The terms of a dimension that is a lone sum, else the dimension itself. */
function sumTerms(dim: string): readonly string[] {
  const lone = dim.startsWith("(") && splitTopLevel(dim, "*").length === 1;
  return lone ? splitTopLevel(dim.slice(1, -1), "+") : [dim];
}

/** Number of elements. */
export function sizeOf(shape: Shape): Dim {
  return mulDims(...shape);
}

export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** NumPy broadcasting; a symbolic dimension meets only itself or 1. Throws E_TENSOR_SHAPE. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    return fail("E_TENSOR_SHAPE", {
      what: `${op}: ${formatShape(a)} and ${formatShape(b)} do not broadcast at axis ${i}.`,
    });
  });
}

/** Turns a negative axis into its position. Throws E_TENSOR_SHAPE. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) fail("E_TENSOR_SHAPE", { what: `${op}: axis ${axis} is outside a rank of ${rank}.` });
  return at;
}

/** The value of a dimension when every symbol has one. */
export function evaluateDim(dim: Dim, symbols: ReadonlyMap<string, number>): number {
  const { coefficient, factors } = parseProduct(dim);
  return factors.reduce((value, factor) => value * evaluateFactor(factor, symbols), coefficient);
}

function evaluateFactor(factor: string, symbols: ReadonlyMap<string, number>): number {
  const known = symbols.get(factor);
  if (known !== undefined) return known;
  if (!factor.startsWith("(")) return internal(`dimension "${factor}" has no value`);
  return sumTerms(factor).reduce(
    (sum, term) => sum + evaluateDim(/^\d+$/.test(term) ? Number(term) : term, symbols),
    0,
  );
}

/** A dimension taken apart for code that computes it in a graph: a product whose factors are names or sums. */
export function dimFactors(dim: Dim): {
  readonly coefficient: number;
  readonly factors: readonly (string | readonly Dim[])[];
} {
  const { coefficient, factors } = parseProduct(dim);
  return {
    coefficient,
    factors: factors.map((factor) =>
      factor.startsWith("(") ? sumTerms(factor).map((term) => (/^\d+$/.test(term) ? Number(term) : term)) : factor,
    ),
  };
}
