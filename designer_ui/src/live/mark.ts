// Sentences of checks beside their field, drawn as the server draws them.
const ICON = "M6.5 2.5h7l4 4v7l-4 4h-7l-4-4v-7l4-4ZM10 6v5M10 13.6v.2";
const SVG = "http://www.w3.org/2000/svg";

const placeOf = (form: HTMLElement, id: string): HTMLElement | null => form.querySelector(`[id="f-${id}-e"]`);
const textOf = (element: Element): string => element.textContent?.trim() ?? "";

// Tells whether one of the sentences stands beside the field.
export const isMarked = (form: HTMLElement, id: string, sentences: readonly string[]): boolean =>
  [...(placeOf(form, id)?.children ?? [])].some((said) => sentences.includes(textOf(said)));

// Of all sentences of a field's checks only those of failed ones stay; other errors are left.
export function mark(form: HTMLElement, id: string, all: readonly string[], failed: readonly string[]): void {
  const there = [...(placeOf(form, id)?.children ?? [])];
  for (const said of there) if (all.includes(textOf(said)) && !failed.includes(textOf(said))) said.remove();
  const missing = failed.filter((sentence) => !there.some((said) => textOf(said) === sentence));
  if (missing.length) added(form, id)?.append(...missing.map(sentenceOf));
  const place = placeOf(form, id);
  if (!place) return;
  const isBad = place.children.length > 0;
  if (!isBad) place.remove();
  const control = form.querySelector(`[name="${id}"]`);
  control?.closest(".field")?.classList.toggle("field--bad", isBad);
  for (const one of form.querySelectorAll(`[name="${id}"]`)) {
    if (isBad) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
    describe(one, id, isBad);
  }
}

// Makes room for sentences behind the label and the hint.
function added(form: HTMLElement, id: string): HTMLElement | null {
  const known = placeOf(form, id);
  const field = form.querySelector(`[name="${id}"]`)?.closest(".field");
  const before = field?.querySelector(":scope > .field__hint") ?? field?.querySelector(":scope > .field__label");
  if (known || !field) return known;
  const place = document.createElement("div");
  place.id = `f-${id}-e`;
  place.setAttribute("role", "status");
  if (before) before.after(place);
  else field.prepend(place);
  return place;
}

function sentenceOf(sentence: string): HTMLElement {
  const said = document.createElement("p");
  said.className = "field__error";
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 20 20");
  icon.setAttribute("aria-hidden", "true");
  icon.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", ICON);
  const words = document.createElement("span");
  words.textContent = sentence;
  said.append(icon, words);
  return said;
}

// A group is described as a whole, another field by its control.
function describe(control: Element, id: string, is: boolean): void {
  const owner = control.closest("fieldset") ?? control;
  const ids = new Set((owner.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (is) ids.add(`f-${id}-e`);
  else ids.delete(`f-${id}-e`);
  if (ids.size) owner.setAttribute("aria-describedby", [...ids].join(" "));
  else owner.removeAttribute("aria-describedby");
}
