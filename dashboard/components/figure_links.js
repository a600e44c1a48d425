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

function follows(plot) {
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
