/** Numbers as people read them in a terminal: short, of steady width. */

const suffixed = (value: number, steps: readonly (readonly [number, string])[]): string => {
  for (const [size, suffix] of steps) {
    if (value < size) continue;
    const scaled = value / size;
    return `${scaled >= 100 ? Math.round(scaled) : scaled.toFixed(scaled >= 10 ? 1 : 2)}${suffix}`;
  }
  return String(Math.round(value));
};

/** 999, 1.50K, 15.2M, 7.00B. */
export const formatCount = (value: number): string =>
  suffixed(value, [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "K"],
  ]);

/** Bytes in binary units: 512 B, 1.50 GiB. */
export const formatBytes = (bytes: number): string =>
  bytes < 1024
    ? `${Math.round(bytes)} B`
    : suffixed(bytes, [
        [2 ** 40, " TiB"],
        [2 ** 30, " GiB"],
        [2 ** 20, " MiB"],
        [2 ** 10, " KiB"],
      ]);

/** 2,350. */
export const formatInteger = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",");

/** A loss or norm with four digits that mean something: 12.35, 1.832, 0.0451, 3.1e-7. */
export function formatLoss(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return value.toPrecision(4).replace("e+", "e");
  if (size >= 10) return value.toFixed(2);
  if (size >= 1) return value.toFixed(3);
  return size >= 0.001 || size === 0 ? value.toFixed(4) : formatRate(value);
}

/** A learning rate: 1e-4, 9.8e-5. */
export function formatRate(value: number): string {
  if (value === 0) return "0";
  const [digits = "", exponent = ""] = value.toExponential(2).split("e");
  return `${digits.replace(/\.?0+$/, "")}e${Number(exponent)}`;
}

/** 4s, 1m 12s, 3h 05m, 2d 04h. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${two(Math.floor((whole % 86_400) / 3600))}h`;
}

/** A share as a percentage: 12%, 1.3%, 0.04%, <0.01%. */
export function formatShare(share: number): string {
  const percent = 100 * share;
  if (percent === 0 || percent >= 10) return `${Math.round(percent)}%`;
  if (percent < 0.01) return "<0.01%";
  return `${percent.toFixed(percent >= 1 ? 1 : 2)}%`;
}

/** A value of a statistic in at most seven characters or so: 1,690, 0.725, 93.8, 12.5M, 3.1e-7. */
export function formatValue(value: number, whole: boolean): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6) return size >= 1e13 ? formatRate(value) : `${value < 0 ? "-" : ""}${formatCount(size)}`;
  if ((whole && Number.isInteger(value)) || size >= 1000) return `${value < 0 ? "-" : ""}${formatInteger(size)}`;
  if (size < 0.001) return formatRate(value);
  return size >= 100
    ? value.toFixed(0)
    : size >= 10
      ? value.toFixed(1)
      : size >= 1
        ? value.toFixed(2)
        : value.toFixed(3);
}
