/** Short names of datasets, for people and metrics: the file or folder without suffix, and more of the path where two are alike. */
import { rowSuffixes } from "../formats/row-readers.ts";

export function datasetNames(specs: readonly string[]): readonly string[] {
  const parts = specs.map((spec) => {
    const path = spec.replace(/#\d+$/, "").replaceAll("\\", "/").replace(/\/+$/, "");
    const suffix = rowSuffixes
      .filter((known) => path.toLowerCase().endsWith(known))
      .sort((a, b) => b.length - a.length);
    return path
      .slice(0, path.length - (suffix[0]?.length ?? 0))
      .split("/")
      .filter((part) => part !== "");
  });
  const names = parts.map((own, i) => {
    for (let length = 1; length <= own.length; length++) {
      const name = own.slice(-length).join("/");
      if (!parts.some((other, j) => j !== i && other.slice(-length).join("/") === name)) return name;
    }
    return own.join("/");
  });
  // The same path twice has no part that differs.
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before + 1}`;
  });
}
