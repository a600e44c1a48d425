// Points and bars of charts lead where the rows of the table behind them lead: a figure carries the
// addresses by the ids of its points (dashboard/charts/show.py).

/** Where a point of a chart leads, or nothing: a cell of a heat map is named by row and column. */
function leadsTo(plot, event) {
  const links = plot.layout?.meta?.links;
  const point = event?.points?.[0];
  if (!links || !point) return null;
  const name = point.id ?? [point.pointIndex ?? point.pointNumber].flat().join(".");
  return links[name] ?? null;
}

/** Shows the hand over what leads on. */
function pointed(plot, hand) {
  for (const surface of plot.querySelectorAll(".nsewdrag")) surface.style.cursor = hand ? "pointer" : "";
}

function linkChart(plot) {
  plot.rdLinked = true;
  plot.on("plotly_hover", (event) => pointed(plot, leadsTo(plot, event)));
  plot.on("plotly_unhover", () => pointed(plot, false));
  plot.on("plotly_click", (event) => {
    const href = leadsTo(plot, event);
    if (!href) return;
    const how = event.event ?? {};
    if (how.metaKey || how.ctrlKey || how.shiftKey) window.open(href, "_blank", "noopener");
    else go(new URL(href, location.href), plot);
  });
}

let chartsWanted = false;

/** Links the charts that were drawn since; `on` is there once Plotly has drawn one. */
function linkCharts() {
  chartsWanted = false;
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    if (!plot.rdLinked && plot.on) linkChart(plot);
  }
}

/** Watches for charts, once for as long as the app is open. */
function watchCharts() {
  if (window.rdWatchesCharts) return;
  window.rdWatchesCharts = true;
  new MutationObserver(() => {
    if (chartsWanted) return;
    chartsWanted = true;
    requestAnimationFrame(linkCharts);
  }).observe(document.body, { childList: true, subtree: true });
  linkCharts();
}
