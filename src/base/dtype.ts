/**
 * Number formats and the conversions between them that JavaScript lacks on Node 20 (float16, bfloat16).
 * bfloat16 rounds to nearest even; float16 follows IEEE 754 with subnormals.
 */

export const dtypes = {
  float32: { bytes: 4 },
  float64: { bytes: 8 },
  float16: { bytes: 2 },
  bfloat16: { bytes: 2 },
  int64: { bytes: 8 },
  int32: { bytes: 4 },
  uint8: { bytes: 1 },
  int8: { bytes: 1 },
  bool: { bytes: 1 },
} as const;

export type DType = keyof typeof dtypes;

export function byteSize(dtype: DType): number {
  return dtypes[dtype].bytes;
}

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

export function bfloat16ToFloat32(
  source: Uint16Array,
  target: Float32Array = new Float32Array(source.length),
): Float32Array {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = (source[i] as number) << 16;
  return target;
}

export function float32ToBfloat16(
  source: Float32Array,
  target: Uint16Array = new Uint16Array(source.length),
): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < source.length; i++) {
    const b = bits[i] as number;
    // NaN must stay NaN: rounding could carry into the exponent and make it infinite.
    target[i] = (b & 0x7fffffff) > 0x7f800000 ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return target;
}

export function float16ToFloat32(
  source: Uint16Array,
  target: Float32Array = new Float32Array(source.length),
): Float32Array {
  for (let i = 0; i < source.length; i++) {
    const h = source[i] as number;
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >>> 10) & 0x1f;
    const fraction = h & 0x3ff;
    if (exponent === 0) target[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) target[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else target[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return target;
}

export function float32ToFloat16(
  source: Float32Array,
  target: Uint16Array = new Uint16Array(source.length),
): Uint16Array {
  for (let i = 0; i < source.length; i++) {
    floatView[0] = source[i] as number;
    const bits = bitsView[0] as number;
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) target[i] = sign | 0x7e00;
    else if (magnitude >= 0x47800000) target[i] = sign | 0x7c00;
    else if (magnitude < 0x38800000) {
      // Subnormal half: scale to units of 2^-24 and round to nearest even.
      const units = Math.abs(floatView[0] as number) * 2 ** 24;
      const floor = Math.floor(units);
      const rest = units - floor;
      target[i] = sign | (floor + (rest > 0.5 || (rest === 0.5 && floor & 1) ? 1 : 0));
    } else {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      target[i] = sign | ((rounded - 0x38000000) >>> 13);
    }
  }
  return target;
}
