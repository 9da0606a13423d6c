// Saves what is typed two seconds after the last change and says when it did.
const PAUSE = 2000;

export function keepSaving(form: HTMLFormElement): void {
  const address = form.dataset["autosave"];
  const status = form.querySelector<HTMLElement>("[data-saved]");
  if (!address || !status) return;
  let waiting = 0;
  let composing = false;
  let busy: Promise<void> | null = null;

  const save = async (): Promise<void> => {
    const body = new FormData(form);
    for (const [name, value] of [...body.entries()]) if (value instanceof File) body.delete(name);
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
      const said = (await answer.json()) as { status?: string; rev?: number };
      const rev = form.querySelector<HTMLInputElement>('input[name="rev"]');
      if (rev && said.rev !== undefined) rev.value = String(said.rev);
      if (answer.ok) document.dispatchEvent(new Event("gcrm:saved"));
      say(said.status ?? status.dataset["failed"] ?? "");
    } catch {
      say(status.dataset["failed"] ?? "");
    }
  };
  const say = (words: string): void => {
    const place = status.querySelector("span");
    if (place) place.textContent = words;
    status.hidden = !words;
  };
  const later = (): void => {
    window.clearTimeout(waiting);
    if (!composing) waiting = window.setTimeout(() => void (busy = (busy ?? Promise.resolve()).then(save)), PAUSE);
  };
  form.addEventListener("compositionstart", () => (composing = true));
  form.addEventListener("compositionend", () => {
    composing = false;
    later();
  });
  form.addEventListener("input", later);
  form.addEventListener("submit", () => window.clearTimeout(waiting));
}
