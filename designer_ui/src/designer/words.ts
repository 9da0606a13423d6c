// The words of the designer in the page's language.
import en from "./words/en.json";
import zh from "./words/zh-CN.json";

export type Key = keyof typeof zh;

const catalogue: Record<Key, string> = document.documentElement.lang === "en" ? en : zh;

export function say(key: Key, values: Record<string, string | number> = {}): string {
  return catalogue[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
