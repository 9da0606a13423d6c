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
  if (!answer.ok) throw new Refusal(answer.status, said.detail ?? said.title ?? String(answer.status));
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
