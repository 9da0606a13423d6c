// One part as it is being designed: named changes with undo and redo, saved by itself.
import { Refusal } from "./api";
import { clock } from "./moments";
import { say } from "./words";

const PAUSE = 700;
const KEPT = 200;

export interface Loaded<T> {
  value: T;
  revision: number;
}

interface Change {
  name: string;
  target: string;
  before: string;
  after: string;
}

export class History<T> {
  private done: Change[] = [];
  private undone: Change[] = [];
  private waiting = 0;
  private running: Promise<void> = Promise.resolve();
  private saved: string;
  private touched = false;
  status = "";
  blocked = false;
  onstatus: () => void = () => undefined;
  onsaved: () => void = () => undefined;

  private constructor(
    public value: T,
    private revision: number,
    private readonly store: (value: T, revision: number) => Promise<number>,
  ) {
    this.saved = JSON.stringify(value);
  }

  static async open<T>(
    load: () => Promise<Loaded<T>>,
    store: (value: T, revision: number) => Promise<number>,
  ): Promise<History<T>> {
    const { value, revision } = await load();
    return new History(value, revision, store);
  }

  // Typing in one place is one change; anything else is a change of its own.
  change(name: string, target: string, how: (value: T) => void): void {
    const before = JSON.stringify(this.value);
    how(this.value);
    const after = JSON.stringify(this.value);
    if (before === after) return;
    const last = this.done[this.done.length - 1];
    if (last && target && last.target === target && !this.undone.length) last.after = after;
    else this.done.push({ name, target, before, after });
    if (this.done.length > KEPT) this.done.shift();
    this.undone = [];
    this.later();
  }

  get canUndo(): string {
    return this.done[this.done.length - 1]?.name ?? "";
  }
  get canRedo(): string {
    return this.undone[this.undone.length - 1]?.name ?? "";
  }

  undo(): void {
    const last = this.done.pop();
    if (!last) return;
    this.undone.push(last);
    this.value = JSON.parse(last.before) as T;
    this.later();
  }

  redo(): void {
    const next = this.undone.pop();
    if (!next) return;
    this.done.push({ ...next, target: "" });
    this.value = JSON.parse(next.after) as T;
    this.later();
  }

  private tell(words: string): void {
    this.status = words;
    this.onstatus();
  }

  private later(): void {
    this.touched = true;
    this.tell(this.blocked ? this.status : say("unsaved"));
    window.clearTimeout(this.waiting);
    if (!this.blocked) this.waiting = window.setTimeout(() => void this.save(), PAUSE);
  }

  // Opening a room may fill in what a part leaves out; only what somebody did is saved.
  get dirty(): boolean {
    return this.touched && JSON.stringify(this.value) !== this.saved;
  }

  save(): Promise<void> {
    window.clearTimeout(this.waiting);
    this.running = this.running.then(() => this.write());
    return this.running;
  }

  private async write(): Promise<void> {
    if (!this.dirty || this.blocked) {
      if (!this.blocked && !this.dirty) this.tell(this.status === say("unsaved") ? "" : this.status);
      return;
    }
    const sent = JSON.stringify(this.value);
    this.tell(say("saving"));
    try {
      this.revision = await this.store(JSON.parse(sent) as T, this.revision);
      this.saved = sent;
      this.tell(say("saved", { at: clock(new Date()) }));
      this.onsaved();
    } catch (error) {
      this.blocked = error instanceof Refusal && error.status === 409;
      this.tell(this.blocked ? say("conflict_here") : say("save_failed", { reason: (error as Error).message }));
    }
  }
}
