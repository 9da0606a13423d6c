// Loads the interpreter only where a form has something to follow.
export async function followed(): Promise<void> {
  const places = [...document.querySelectorAll<HTMLElement>("form [data-live]")];
  if (!places.length) return;
  const { follow } = await import("./follow");
  new Set(places.map((place) => place.closest("form"))).forEach((form) => form && follow(form));
}
