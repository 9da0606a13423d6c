// Dates, times and durations: reading, writing and arithmetic (DMN 1.5, 10.3.2.3.4 to 9).
import { Unsupported } from "./running";
import { Day, Days, Moment, Months, Time } from "./values";
import type { Value } from "./values";

export const SECOND = 1_000_000_000n;
export const DAY = 86_400n * SECOND;
const LONGEST = 10n ** 9n * 366n * DAY;

const DATE = /^(-?)(\d{4}|[1-9]\d{4,8})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w/+-]*)?$/;
const DAYS = /^(-?)P(?:(\d{1,18})D)?(?:T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,18}))?S)?)?$/;
const MONTHS = /^(-?)P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?$/;

const floor = (a: number, b: number): number => Math.floor(a / b);
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
export const lastDay = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

export function makeDate(year: number, month: number, day: number): Day | null {
  const fits = Math.abs(year) < 1e9 && month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month);
  return fits ? new Day(year, month, day) : null;
}

// The number of a day on one line for all years (proleptic Gregorian), 0 is 1970-01-01.
export function numberOf(date: Day): number {
  const year = date.year - (date.month <= 2 ? 1 : 0);
  const era = floor(year, 400);
  const ofEra = year - era * 400;
  const ofYear = floor(153 * ((date.month + 9) % 12) + 2, 5) + date.day - 1;
  return era * 146_097 + ofEra * 365 + floor(ofEra, 4) - floor(ofEra, 100) + ofYear - 719_468;
}

export function dateOf(count: number): Day | null {
  const shifted = count + 719_468;
  const era = floor(shifted, 146_097);
  const ofEra = shifted - era * 146_097;
  const year = floor(ofEra - floor(ofEra, 1460) + floor(ofEra, 36_524) - floor(ofEra, 146_096), 365);
  const ofYear = ofEra - (365 * year + floor(year, 4) - floor(year, 100));
  const month = floor(5 * ofYear + 2, 153);
  const real = month < 10 ? month + 3 : month - 9;
  return makeDate(year + era * 400 + (real <= 2 ? 1 : 0), real, ofYear - floor(153 * month + 2, 5) + 1);
}

export const keyOf = (date: Day): number => (date.year * 16 + date.month) * 32 + date.day;

export function readDate(text: string): Day | null {
  const found = DATE.exec(text);
  if (!found) return null;
  const year = Number(found[2]);
  return makeDate(found[1] ? -year : year, Number(found[3]), Number(found[4]));
}

export function makeTime(hour: number, minute: number, second: number, nano: number, zone: number | null): Time | null {
  const fits = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  return fits ? new Time(hour, minute, second, nano, zone) : null;
}

const nanosOf = (text = ""): number => Number(text.slice(0, 9).padEnd(9, "0"));

// The offset in seconds; undefined where there is no such zone.
export function readZone(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  if (text.startsWith("@")) throw new Unsupported("zone");
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(":").map(Number);
  const offset = hours * 3600 + minutes * 60 + seconds;
  const fits = hours <= 14 && minutes < 60 && seconds < 60 && offset <= 50_400;
  return fits ? (text[0] === "-" ? 0 - offset : offset) : undefined;
}

export function readTime(text: string): Time | null {
  const found = TIME.exec(text);
  if (!found) return null;
  const zone = found[5] === undefined ? null : readZone(found[5]);
  if (zone === undefined) return null;
  return makeTime(Number(found[1]), Number(found[2]), Number(found[3]), nanosOf(found[4]), zone);
}

export function readMoment(text: string): Moment | null {
  const cut = text.indexOf("T");
  let date = readDate(cut < 0 ? text : text.slice(0, cut));
  if (!date) return null;
  if (cut < 0) return new Moment(date, new Time(0, 0, 0, 0, null));
  let rest = text.slice(cut + 1);
  if (rest.startsWith("24:00:00") && rest[8] !== ".") {
    rest = `00${rest.slice(2)}`;
    const time = readTime(rest);
    date = dateOf(numberOf(date) + 1);
    return time && date && new Moment(date, time);
  }
  const time = readTime(rest);
  return time && new Moment(date, time);
}

export const daysOf = (nanos: bigint): Days | null => (nanos <= LONGEST && nanos >= -LONGEST ? new Days(nanos) : null);
export const monthsOf = (months: bigint): Months | null =>
  months <= 120_000_000_000n && months >= -120_000_000_000n ? new Months(months) : null;

export function readDays(text: string): Days | null {
  const found = DAYS.exec(text);
  if (!found || !found.slice(2, 6).some(Boolean) || /[TP]$/.test(text)) return null;
  const [d = 0n, h = 0n, m = 0n, s = 0n] = found.slice(2, 6).map((part) => BigInt(part ?? 0));
  const length = (((d * 24n + h) * 60n + m) * 60n + s) * SECOND + BigInt(nanosOf(found[6]));
  return daysOf(found[1] ? -length : length);
}

export function readMonths(text: string): Months | null {
  const found = MONTHS.exec(text);
  if (!found || !(found[2] || found[3])) return null;
  const months = BigInt(found[2] ?? 0) * 12n + BigInt(found[3] ?? 0);
  return monthsOf(found[1] ? -months : months);
}

export const readDuration = (text: string): Days | Months | null => readDays(text) ?? readMonths(text);

// What cannot be an answer: a year before 1 or after 9999, a moment finer than a microsecond.
export function isWide(value: Value): boolean {
  if (value instanceof Moment) return value.time.nano % 1000 !== 0 || isWide(value.date);
  return value instanceof Day && (value.year < 1 || value.year > 9999);
}

export const midnight = (date: Day): Moment => new Moment(date, new Time(0, 0, 0, 0, 0));
export const datePart = (value: Day | Moment): Day => (value instanceof Moment ? value.date : value);
export const sinceMidnight = (time: Time): bigint =>
  BigInt(time.hour * 3600 + time.minute * 60 + time.second) * SECOND + BigInt(time.nano);
export const local = (moment: Moment): bigint => BigInt(numberOf(moment.date)) * DAY + sinceMidnight(moment.time);

// The place of a moment on the line of UTC; null where it has no zone.
export const instant = (moment: Moment): bigint | null =>
  moment.time.zone === null ? null : local(moment) - BigInt(moment.time.zone) * SECOND;

// Two places to compare; null where only one of the moments has a zone.
export function places(a: Moment, b: Moment): [bigint, bigint] | null {
  const first = instant(a);
  const second = instant(b);
  if ((first === null) !== (second === null)) return null;
  return first === null || second === null ? [local(a), local(b)] : [first, second];
}

function clock(nanos: bigint, zone: number | null): Time {
  const seconds = Number(nanos / SECOND);
  return new Time(floor(seconds, 3600), floor(seconds, 60) % 60, seconds % 60, Number(nanos % SECOND), zone);
}

const split = (nanos: bigint): [number, bigint] => {
  const rest = ((nanos % DAY) + DAY) % DAY;
  return [Number((nanos - rest) / DAY), rest];
};

export function addDays(value: Day | Moment, nanos: bigint): Day | Moment | null {
  if (value instanceof Day) return dateOf(numberOf(value) + split(nanos)[0]);
  const [days, rest] = split(local(value) + nanos);
  const date = dateOf(days);
  return date && new Moment(date, clock(rest, value.time.zone));
}

export const addToTime = (value: Time, nanos: bigint): Time =>
  clock(split(sinceMidnight(value) + nanos)[1], value.zone);

// A day that the month does not have becomes its last one.
export function addMonths(value: Day | Moment, months: bigint): Day | Moment | null {
  if (value instanceof Moment) {
    const date = addMonths(value.date, months);
    return date && new Moment(datePart(date), value.time);
  }
  const total = value.year * 12 + value.month - 1 + Number(months);
  const year = floor(total, 12);
  const month = total - year * 12 + 1;
  return makeDate(year, month, Math.min(value.day, lastDay(year, month)));
}

export function betweenMoments(later: Day | Moment, earlier: Day | Moment): Days | null {
  if (later instanceof Day && earlier instanceof Day) {
    return new Days(BigInt(numberOf(later) - numberOf(earlier)) * DAY);
  }
  const both = places(
    earlier instanceof Day ? midnight(earlier) : earlier,
    later instanceof Day ? midnight(later) : later,
  );
  return both && daysOf(both[1] - both[0]);
}

export function monthsBetween(start: Day, end: Day): number {
  if (keyOf(end) < keyOf(start)) return 0 - monthsBetween(end, start);
  return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day ? 1 : 0);
}
