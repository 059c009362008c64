/** Sizes as people write them: "512MB", "1GiB", "4G", plain bytes. */
const units: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/** Bytes. K, M, G mean powers of 1024, KB, MB, GB powers of 1000. A size that is none is told and gives 0. */
export function parseBytes(text: string, report: (problem: string) => void): number {
  const [, digits = "", unit = "", kind = ""] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$/i.exec(text) ?? [];
  if (digits === "") {
    report(`expected a size such as 512MB or 1GiB; got ${JSON.stringify(text)}.`);
    return 0;
  }
  const base = kind.toLowerCase() === "b" ? 1000 : 1024;
  return Math.floor(Number(digits) * base ** (units[unit.toLowerCase()] ?? 0));
}
