// Boards: charts drawn by ECharts, which is fetched only on such a page. A click or Enter on a bar,
// slice or point opens the cases behind it; the table beside each chart has the same links.
export async function drawBoard(plots: HTMLElement[]): Promise<void> {
  plots.forEach((plot) => plot.removeAttribute("hidden"));
  const { draw } = await import("./plot");
  plots.forEach(draw);
}

const select = document.querySelectorAll<HTMLSelectElement>("select[data-custom]");
select.forEach((each) =>
  each.addEventListener("change", () => {
    if (each.value !== "custom") each.form?.requestSubmit();
  }),
);
