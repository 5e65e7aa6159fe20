"use strict";
// The course of a pool's servers, drawn from the JSON API.
(() => {
  const form = document.getElementById("course"), place = document.getElementById("plot"), said = document.getElementById("course-said");
  if (!form || typeof uPlot === "undefined") return;
  const of = form.dataset, shown = JSON.parse(of.servers), every = Number(of.of), select = document.getElementById("figure");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = ["#cf3a0b", "#1f6fb2", "#1a7f4b", "#a86a00", "#7a4fb5", "#5f7f9f", "#b5447a", "#5d6b00", "#0a7c86", "#8a5a3c", "#444c99", "#777777"];
  const light = ["#ff7f50", "#6cb2ee", "#57c78f", "#eeb24a", "#b99aee", "#8fb0d0", "#ee8fbb", "#b9c75a", "#5ac7d0", "#cfa080", "#9aa4ee", "#b0b0b0"];
  let plot = null;
  const series = async (server, metric) => {
    const asked = new URLSearchParams({ load_balancer: of.loadBalancer, component: of.pool + "/" + server, metric, minutes: of.minutes });
    if (of.at) asked.set("at", of.at);
    const answer = await fetch("/api/v1/series?" + asked);
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).points;
  };
  const draw = async () => {
    const metric = select.value;
    let found;
    try {
      found = await Promise.all(shown.map((server) => series(server, metric)));
    } catch (error) {
      said.textContent = "The course could not be fetched (" + error.message + ").";
      return;
    }
    if (metric !== select.value) return;
    const tables = found.map((points) => [points.map((p) => p.seconds), points.map((p) => p.value)]).map((t, i) => t[0].length ? t : [[], []]);
    const data = uPlot.join(tables);
    if (plot) plot.destroy();
    plot = null;
    if (!data[0] || !data[0].length) { said.textContent = "Nothing was measured of that."; return; }
    const ink = dark.matches ? "#e9edf1" : "#1a1f26", grid = dark.matches ? "#2b323a" : "#e4e8ec";
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const utc = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
    plot = new uPlot({
      width: Math.max(280, place.clientWidth), height: 260,
      axes: [{ ...axis, space: 80, values: (_, at) => at.map(utc) }, axis],
      scales: { y: { range: (_, low, high) => [Math.min(0, low || 0), Math.max(1, (high || 0) * 1.05)] } },
      series: [
        { label: "UTC", value: (_, at) => at === null || at === undefined ? "–" : utc(at) },
        ...shown.map((name, i) => ({ label: name, stroke: (dark.matches ? light : colours)[i], width: 2, points: { show: false } })),
      ],
    }, data, place);
    said.textContent = shown.length < every ? shown.length + " of " + every + " servers" : "";
  };
  select.addEventListener("change", draw);
  dark.addEventListener("change", draw);
  addEventListener("resize", () => { if (plot) plot.setSize({ width: Math.max(280, place.clientWidth), height: 260 }); });
  draw();
  if (!of.at) setInterval(() => { if (!document.hidden) draw(); }, 10000);
})();
