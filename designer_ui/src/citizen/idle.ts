// Says five minutes before the session ends that it will, and keeps it when asked to.
const BEFORE = 5 * 60;

export function warn(place: HTMLElement): void {
  const seconds = Number(place.dataset["idle"]);
  const button = place.querySelector("button");
  if (!seconds || !button) return;
  let waiting = 0;
  const begin = (): void => {
    place.hidden = true;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => (place.hidden = false), Math.max(0, seconds - BEFORE) * 1000);
  };
  button.addEventListener("click", () => {
    void fetch("/session").then((answer) => (answer.ok ? begin() : location.reload()));
  });
  document.addEventListener("gcrm:saved", begin);
  begin();
}
