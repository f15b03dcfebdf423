"use strict";
// Draws every [data-chart] from the JSON block of that id. Tooltips are drawn, not written as HTML: texts are hostile.
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const series = (spec, row) => ({
    name: row.name, data: row.values, type: spec.kind === "line" ? "line" : "bar",
    stack: spec.kind === "stack" ? "all" : undefined, showSymbol: spec.labels.length === 1, smooth: false, barMaxWidth: 26,
    color: row.tone ? style("--" + row.tone) || undefined : undefined,
  });
  // a bar asks for its span of time, by the form of the page
  const ask = (clause) => {
    const form = document.getElementById("ask");
    const button = Object.assign(document.createElement("button"), { name: "add", value: clause, hidden: true });
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  };
  const charts = new Set();
  const draw = (box) => {
    const source = document.getElementById(box.dataset.chart);
    if (!source || box.drawn) return;
    box.drawn = true;
    const spec = JSON.parse(source.textContent);
    const quiet = style("--quiet"), line = style("--line");
    const chart = echarts.init(box, null, { renderer: "canvas" });
    chart.setOption({
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      color: [style("--accent"), "#c58a1b", "#7c5cc4", "#3b82c4", "#b3372b", "#6b7785", "#a0598c", "#5f8a3a", "#9aa7b4"],
      grid: { left: 8, right: 16, top: 34, bottom: 8, containLabel: true },
      legend: { top: 0, right: 0, textStyle: { color: quiet }, pageTextStyle: { color: quiet }, type: "scroll" },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: spec.labels, axisLabel: { color: quiet, hideOverlap: true }, axisLine: { lineStyle: { color: line } } },
      yAxis: { type: "value", minInterval: 1, axisLabel: { color: quiet }, splitLine: { lineStyle: { color: line } } },
      series: spec.rows.map((row) => series(spec, row)),
    });
    if (spec.picks.length) {
      box.style.cursor = "pointer";
      chart.getZr().on("click", (event) => {
        const at = chart.containPixel("grid", [event.offsetX, event.offsetY]) ? chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX) : -1;
        if (spec.picks[at]) ask(spec.picks[at]);
      });
    }
    charts.add(chart);
  };
  const all = () => {
    charts.forEach((chart) => { if (!chart.getDom().isConnected) { chart.dispose(); charts.delete(chart); } });
    document.querySelectorAll("[data-chart]").forEach(draw);
  };
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  document.addEventListener("DOMContentLoaded", all);
  new MutationObserver(all).observe(document.documentElement, { childList: true, subtree: true });
})();
