// Says how far a slow upload is, and that a file is too large before it is sent at all.
export function sendKindly(form: HTMLFormElement): void {
  const files = (): HTMLInputElement[] =>
    [...form.querySelectorAll<HTMLInputElement>('input[type="file"]')].filter((input) => input.files?.length);

  form.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.type !== "file") return;
    const most = Number(input.dataset["max"] ?? 0);
    const large = most > 0 && [...(input.files ?? [])].some((file) => file.size > most);
    input.setCustomValidity(large ? (input.dataset["large"] ?? "") : "");
    if (large) {
      input.reportValidity();
      input.value = "";
    }
  });

  form.addEventListener("submit", (event) => {
    const status = form.querySelector<HTMLElement>("[data-sending]");
    if (event.defaultPrevented || !status || !files().length) return;
    event.preventDefault();
    const pressed = event.submitter as HTMLButtonElement | null;
    const body = new FormData(form);
    if (pressed?.name) body.append(pressed.name, pressed.value);
    const bar = status.querySelector("progress");
    const call = new XMLHttpRequest();
    const failed = (): void => {
      status.querySelector("span")!.textContent = status.dataset["failed"] ?? "";
      bar?.setAttribute("hidden", "");
      delete form.dataset["sent"];
      pressed?.removeAttribute("aria-busy");
    };
    call.upload.addEventListener("progress", (step) => {
      if (step.lengthComputable && bar) bar.value = step.loaded / step.total;
    });
    call.addEventListener("error", failed);
    call.addEventListener("load", () => {
      try {
        const { location } = JSON.parse(call.responseText) as { location?: string };
        if (call.status === 200 && location) return window.location.assign(location);
      } catch {
        // An answer that is no JSON is a page: a login that ended, or a proxy that refused.
      }
      if (call.status === 413) return failed();
      HTMLFormElement.prototype.submit.call(form);
    });
    status.hidden = false;
    bar?.removeAttribute("hidden");
    call.open("POST", form.getAttribute("action") || window.location.href);
    call.setRequestHeader("Accept", "application/json");
    call.send(body);
    form.dataset["sent"] = "1";
    pressed?.setAttribute("aria-busy", "true");
  });
}
