/**
 * Views of a text: its words, its lines, its length. A view is computed once per text, however many operators of a
 * chain look at it (what Data-Juicer calls fused operators with shared context), and forgotten when the text changes.
 */
export interface View<T> {
  readonly name: string;
  readonly of: (text: string) => T;
}

/** A view of one text. */
export type Look = <T>(view: View<T>) => T;

export const defineView = <T>(name: string, of: (text: string) => T): View<T> => ({ name, of });

/** Looks at one text, remembering what was computed. */
export function createLook(text: string): Look {
  const known = new Map<View<unknown>, unknown>();
  return <T>(view: View<T>): T => {
    const found = known.get(view);
    if (found !== undefined) return found as T;
    const value = view.of(text);
    known.set(view, value);
    return value;
  };
}
