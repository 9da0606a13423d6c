// The JSON API, the same door that any other editor has.
export interface App {
  id: string;
  name: string;
  revision: number;
  release: number | null;
}
export interface Part {
  path: string;
  revision: number;
  title: string;
}
export interface Draft {
  revision: number;
  parts: Part[];
}
export interface PartText {
  path: string;
  revision: number;
  content: string;
}
export interface Problem {
  path: string;
  code: string;
  message: string;
  fix: string;
  severity: "error" | "warning";
}

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const csrf = document.querySelector<HTMLElement>("[data-designer]")?.dataset["csrf"] ?? "";

async function ask<T>(method: string, address: string, body?: unknown): Promise<T> {
  const answer = await fetch(address, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  if (!answer.ok)
    throw new Refusal(answer.status, [said.title, said.detail].filter(Boolean).join(" ") || String(answer.status));
  return said as T;
}

async function send<T>(address: string, file: Blob): Promise<T> {
  const answer = await fetch(address, {
    method: "PUT",
    headers: { Accept: "application/json", "X-CSRFToken": csrf },
    body: file,
  });
  const said = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  if (!answer.ok) throw new Refusal(answer.status, [said.title, said.detail].filter(Boolean).join(" "));
  return said as T;
}

const part = (app: string, path: string): string =>
  `/api/apps/${encodeURIComponent(app)}/draft/parts/${path.split("/").map(encodeURIComponent).join("/")}`;

export const apps = (): Promise<{ apps: App[] }> => ask("GET", "/api/apps");
export const draft = (app: string): Promise<Draft> => ask("GET", `/api/apps/${encodeURIComponent(app)}/draft`);
export const read = (app: string, path: string): Promise<PartText> => ask("GET", part(app, path));
export const write = (app: string, path: string, revision: number, content: string): Promise<{ revision: number }> =>
  ask("PATCH", part(app, path), { revision, content });
export const problems = (app: string): Promise<{ problems: Problem[] }> =>
  ask("GET", `/api/apps/${encodeURIComponent(app)}/draft/problems`);

export interface Named {
  code: string;
  name: string;
}
export interface Role extends Named {
  people: number;
}
export interface Step {
  id: string;
  name: string;
  role: string;
  days: number;
  unit: string;
  form: string;
  opinion: string;
  advance: string;
  correct: boolean;
  refuse: boolean;
  back: boolean;
}
export interface Operand {
  source: string;
  text: string;
}
export interface Clause {
  input: string;
  operator: string;
  operands: Operand[];
}
export interface Group {
  join: "all" | "any";
  negated: boolean;
  items: (Clause | Group)[];
}
export interface Rule {
  that: string;
  words: string;
  group: Group | null;
  sentence: string;
  problems: Problem[];
}
export interface Word {
  id: string;
  label: string;
  type: string;
  unit: string;
  options: { code: string; label: string }[];
}
export interface Difference {
  part: string;
  where: string[];
  kind: "added" | "removed" | "changed" | "moved";
  what: string;
  before: string;
  after: string;
}
export interface Changes {
  revision: number;
  release: number | null;
  differences: Difference[];
  log: { path: string; who: string; at: string }[];
}
export interface Published {
  release: number | null;
  unchanged: boolean;
  ok: boolean;
  problems: Problem[];
  tests: { name: string; passed: boolean }[];
}
export interface Type {
  id: string;
  name: string;
  summary: string;
  group: { id: string; name: string };
  starts_with: Record<string, unknown>;
  settings_schema: { properties?: Record<string, unknown> };
  answers: boolean;
}

const base = (app: string): string => `/api/apps/${encodeURIComponent(app)}`;

export const start = (): Promise<{ departments: Named[]; roles: Role[] }> => ask("GET", "/api/design/start");
export const create = (name: string, department: string, roles: string[]): Promise<{ id: string }> =>
  ask("POST", "/api/apps", { name, department, roles });
export interface ShownStep {
  id: string;
  name: string;
  who: string[];
  days: number | null;
  unit: string;
  buttons: string[];
}
export const flow = (app: string): Promise<{ revision: number; steps: Step[] | null; shown: ShownStep[] }> =>
  ask("GET", `${base(app)}/draft/flows/main`);
export const writeFlow = (app: string, revision: number, steps: Step[]): Promise<{ revision: number }> =>
  ask("PUT", `${base(app)}/draft/flows/main`, { revision, steps });
export const words = (app: string): Promise<{ inputs: Word[] }> => ask("GET", `${base(app)}/draft/words`);
export const readRule = (app: string, that: string): Promise<Rule> => ask("POST", `${base(app)}/draft/rule`, { that });
export const writeRule = (app: string, group: Group): Promise<Rule> => ask("POST", `${base(app)}/draft/rule`, { group });
export const changes = (app: string): Promise<Changes> => ask("GET", `${base(app)}/draft/changes`);
export const released = (app: string, path: string): Promise<{ content: string }> =>
  ask("GET", `${base(app)}/release/parts/${path}`);
export const publish = (app: string, revision: number, note: string): Promise<Published> =>
  ask("POST", `${base(app)}/publish`, { revision, note });
export const palette = (): Promise<{ types: Type[] }> => ask("GET", "/api/palette");
export const typeRule = (app: string, words: string): Promise<Rule> =>
  ask("POST", `${base(app)}/draft/rule`, { words });
export const decisionFile = (app: string, name: string, kind: "xlsx" | "dmn"): string =>
  `${base(app)}/draft/decisions/${encodeURIComponent(name)}.${kind}`;
export const sendDecision = (address: string, revision: number, file: Blob): Promise<{ not_kept: Problem[] }> =>
  send(`${address}?revision=${revision}`, file);
