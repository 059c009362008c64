/** A group of keys that belong together: a heading in the help, a table in docs/arguments.md. */
import type * as z from "zod";

export interface Group<Shape extends z.core.$ZodShape = z.core.$ZodShape> {
  readonly title: string;
  readonly shape: Shape;
  /** Help only names its keys: what they say is of no use to most. */
  readonly brief?: boolean;
}

export function defineGroup<const Shape extends z.core.$ZodShape>(
  title: string,
  shape: Shape,
  { brief = false }: Pick<Group, "brief"> = {},
): Group<Shape> {
  return { title, shape, brief };
}
