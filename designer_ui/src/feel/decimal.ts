// Numbers: decimals of 34 digits, rounded half to even (DMN 1.5, 10.3.2.3.1).
const PRECISION = 34;
const LARGEST = 6144;
const SMALLEST = -6143;
const TENS: bigint[] = [1n];

// c · 10^e.
export class Decimal {
  constructor(
    readonly c: bigint,
    readonly e: number,
  ) {}
}

export const ZERO = new Decimal(0n, 0);
export const ONE = new Decimal(1n, 0);
const FULL = ten(PRECISION);

export function ten(power: number): bigint {
  if (power > 200) return 10n ** BigInt(power);
  let known = TENS[power];
  if (known === undefined) TENS[power] = known = 10n ** BigInt(power);
  return known;
}

export const size = (c: bigint): bigint => (c < 0n ? -c : c);
const digits = (c: bigint): number => String(size(c)).length;

// Divides and rounds; `mode` says which way what is left goes.
export type Rounding = "even" | "up" | "down" | "half up" | "half down" | "floor" | "ceiling";
function shortened(c: bigint, by: bigint, mode: Rounding): bigint {
  const whole = c / by;
  const rest = size(c % by) * 2n;
  if (!rest) return whole;
  const below = c < 0n;
  const away =
    mode === "up" ||
    (mode === "floor" && below) ||
    (mode === "ceiling" && !below) ||
    (rest > by && mode !== "down" && mode !== "floor" && mode !== "ceiling") ||
    (rest === by && (mode === "half up" || (mode === "even" && whole % 2n !== 0n)));
  return away ? whole + (below ? -1n : 1n) : whole;
}

// Brings a result within the bounds; null where it is too large.
export function fit(c: bigint, e: number, precision = PRECISION): Decimal | null {
  const plain = size(c);
  if (plain < FULL && e > -5000 && e < 5000) return new Decimal(c, e);
  if (!plain) return ZERO;
  const lowest = SMALLEST - precision + 1;
  let drop = Math.max(digits(c) - precision, lowest - e);
  while (drop > 0) {
    c = shortened(c, ten(drop), "even");
    e += drop;
    if (!c) return ZERO;
    drop = digits(c) - precision;
  }
  return digits(c) + e - 1 > LARGEST ? null : new Decimal(c, e);
}

const NUMBER = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;
export function readDecimal(text: string): Decimal | null {
  const found = NUMBER.exec(text.trim().replace(/_/g, ""));
  if (!found) return null;
  const [, sign, whole = "", part = "", power = "0"] = found;
  const c = BigInt(whole + part);
  const e = Number(power) - part.length;
  if (!c) return ZERO;
  if (e > 1e5 || e < -1e5) return e > 0 ? null : ZERO;
  return fit(sign === "-" ? -c : c, e);
}

export const ofInt = (value: number | bigint): Decimal => fit(BigInt(value), 0) ?? ZERO;

export function orderDecimals(a: Decimal, b: Decimal): number {
  if (a.e === b.e) return a.c < b.c ? -1 : a.c > b.c ? 1 : 0;
  const low = Math.min(a.e, b.e);
  const x = a.c * ten(a.e - low);
  const y = b.c * ten(b.e - low);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function add(a: Decimal, b: Decimal, precision = PRECISION): Decimal | null {
  const low = Math.min(a.e, b.e);
  return fit(a.c * ten(a.e - low) + b.c * ten(b.e - low), low, precision);
}

export const minus = (a: Decimal): Decimal => new Decimal(-a.c, a.e);
export const multiply = (a: Decimal, b: Decimal, precision = PRECISION): Decimal | null =>
  fit(a.c * b.c, a.e + b.e, precision);

export function divide(a: Decimal, b: Decimal, precision = PRECISION): Decimal | null {
  if (!b.c) return null;
  const shift = Math.max(0, precision + 2 + digits(b.c) - digits(a.c));
  const top = a.c * ten(shift);
  const quotient = top / b.c;
  if (top % b.c === 0n) return fit(quotient, a.e - b.e - shift, precision);
  // One more digit stands for all that follow: it only breaks ties.
  const sticky = quotient * 10n + (a.c < 0n === b.c < 0n ? 1n : -1n);
  return fit(sticky, a.e - b.e - shift - 1, precision);
}

export const truncated = (a: Decimal): bigint => (a.e < 0 ? a.c / ten(-a.e) : a.c * ten(a.e));
export const isWhole = (a: Decimal): boolean => a.e >= 0 || a.c % ten(-a.e) === 0n;

// A count; null where it has a fraction or is too large to count by.
export function asInt(a: Decimal): number | null {
  if (!isWhole(a)) return null;
  const whole = truncated(a);
  return size(whole) < ten(18) ? Number(whole) : null;
}

export function rounded(a: Decimal, scale: number, mode: Rounding): Decimal | null {
  if (scale < -6111 || scale > 6176) return null;
  const drop = -scale - a.e;
  if (drop > 0) return fit(shortened(a.c, ten(drop), mode), -scale);
  return a.c && digits(a.c) - drop > 6220 ? null : fit(a.c, a.e);
}

// Whole exponents only, as the server's library does it: squares with a few digits more.
export function power(base: Decimal, exponent: Decimal): Decimal | null {
  let n = size(truncated(exponent));
  if (!base.c && (!n || exponent.c < 0n)) return null;
  if (!base.c) return ZERO;
  if (!n) return ONE;
  const precision = PRECISION + String(n).length + 2 + (exponent.c < 0n ? 1 : 0);
  const start = exponent.c < 0n ? divide(ONE, base, precision) : base;
  let result = start;
  for (const bit of n.toString(2).slice(1)) {
    result = result && multiply(result, result, precision);
    if (bit === "1") result = result && start && multiply(result, start, precision);
    if (!result || !result.c) break;
  }
  return result && fit(result.c, result.e);
}

export function root(a: Decimal): Decimal | null {
  if (a.c < 0n) return null;
  if (!a.c) return ZERO;
  let shift = Math.max(0, 72 - digits(a.c));
  if ((a.e - shift) % 2) shift += 1;
  const top = a.c * ten(shift);
  let x = ten(Math.ceil(digits(top) / 2));
  for (let y = (x + top / x) / 2n; y < x; y = (x + top / x) / 2n) x = y;
  const e = (a.e - shift) / 2;
  return x * x === top ? fit(x, e) : fit(x * 10n + 1n, e - 1);
}

// Decimal notation without an exponent and without needless zeros.
export function plain(a: Decimal): string {
  if (!a.c) return "0";
  const sign = a.c < 0n ? "-" : "";
  const text = String(size(a.c));
  if (a.e >= 0) return sign + text + "0".repeat(a.e);
  const padded = text.padStart(1 - a.e, "0");
  const fraction = padded.slice(a.e).replace(/0+$/, "");
  return sign + padded.slice(0, a.e) + (fraction && `.${fraction}`);
}
