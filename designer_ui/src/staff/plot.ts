// One chart: the option comes from the server whole; here are only the font, the size and the keys.
import { BarChart, GaugeChart, LineChart, PieChart } from "echarts/charts";
import {
  AriaComponent,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  GaugeChart,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  LineChart,
  PieChart,
  TitleComponent,
  TooltipComponent,
]);

type Point = { place?: [number, number] | null; value?: number | null };
type Option = { textStyle?: Record<string, unknown>; series?: { data?: Point[] }[]; aria?: unknown };

export function draw(plot: HTMLElement): void {
  const option = JSON.parse(plot.dataset["option"] ?? "{}") as Option;
  const links = JSON.parse(plot.dataset["links"] ?? "[]") as string[][];
  const label = plot.getAttribute("aria-label") ?? "";
  option.textStyle = { ...option.textStyle, fontFamily: getComputedStyle(document.body).fontFamily };
  const chart = init(plot, undefined, { renderer: "canvas" });
  chart.setOption(option as Parameters<typeof chart.setOption>[0]);
  plot.setAttribute("aria-label", label); // ECharts writes the same words; ours are the server's
  const open = (point: Point | undefined): void => {
    const link = point?.place ? links[point.place[0]]?.[point.place[1]] : undefined;
    if (link && point?.value) location.assign(link);
  };
  chart.on("click", (event) => open(event.data as Point));
  new ResizeObserver(() => chart.resize()).observe(plot);
  keys(plot, option, chart, open);
}

// The arrow keys walk over the points of all series, Enter opens one.
function keys(
  plot: HTMLElement,
  option: Option,
  chart: ReturnType<typeof init>,
  open: (point: Point | undefined) => void,
): void {
  const places = (option.series ?? []).flatMap((series, seriesIndex) =>
    (series.data ?? []).map((point, dataIndex) => ({ point, seriesIndex, dataIndex })),
  );
  let at = -1;
  const go = (to: number): void => {
    const before = places[at];
    if (before) chart.dispatchAction({ type: "downplay", ...indexes(before) });
    at = (to + places.length) % places.length;
    const now = places[at];
    if (!now) return;
    chart.dispatchAction({ type: "highlight", ...indexes(now) });
    chart.dispatchAction({ type: "showTip", ...indexes(now) });
  };
  plot.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") go(at < 0 ? places.length - 1 : at - 1);
    else if (event.key === "Enter") open(places[at]?.point ?? (places.length === 1 ? places[0]?.point : undefined));
    else return;
    event.preventDefault();
  });
  plot.addEventListener("blur", () => {
    chart.dispatchAction({ type: "hideTip" });
    const last = places[at];
    if (last) chart.dispatchAction({ type: "downplay", ...indexes(last) });
    at = -1;
  });
}

function indexes(place: { seriesIndex: number; dataIndex: number }): { seriesIndex: number; dataIndex: number } {
  return { seriesIndex: place.seriesIndex, dataIndex: place.dataIndex };
}
