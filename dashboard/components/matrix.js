// Sites by feeds: what came in, what is late, what never came.

function tick() {
  return svg("svg", { viewBox: "0 0 12 12", width: 12, height: 12, role: "img", "aria-label": "in and on time" },
    svg("polyline", { points: "1.5,6.5 4.5,10 10.5,1.5", fill: "none", stroke: NEUTRAL, "stroke-width": 1.6,
      "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

function chip(data) {
  if (data.state === "in") return tick();
  if (data.state === "not_expected") return el("span", { class: "rd-muted" }, el("span", { "aria-hidden": "true" }, "–"),
    el("span", { class: "rd-hidden" }, "not expected"));
  return el("span", { class: `rd-chip rd-${data.state}` }, data.text,
    el("span", { class: "rd-hidden" }, data.spoken ? `, ${data.spoken}` : ""));
}

function trouble(data) {
  return data.state !== "in" && data.state !== "not_expected";
}

function cell(data, feed) {
  return el("td", { role: "cell", class: trouble(data) ? "rd-cell" : "rd-cell rd-usual" },
    el("span", { class: "rd-feed" }, feed),
    linked(data.href, { class: "rd-chip-link" }, chip(data)));
}

function row(site, feeds) {
  const quiet = !site.cells.some(trouble);
  return el("tr", { role: "row", class: quiet ? "rd-quiet" : "" },
    el("th", { scope: "row", role: "rowheader", class: "rd-site" },
      linked(site.href, { class: "rd-row-link" }, site.name)),
    ...site.cells.map((each, i) => cell(each, feeds[i])));
}

function leftOut(rows, state, redraw) {
  const quiet = rows.filter((site) => !site.cells.some(trouble)).length;
  if (!quiet) return null;
  const words = quiet === 1 ? "1 site has every feed in on time. " : `${quiet} sites have every feed in on time. `;
  return el("p", { class: "rd-left-out rd-narrow" }, state.all ? null : words,
    action("all", state.all ? "Show only what is late" : "Show all", () => {
      state.all = !state.all;
      redraw();
    }));
}

function build(data, state, redraw) {
  const rows = rowsOf(data, state);
  for (const site of rows) site.find ??= site.name.toLowerCase();
  adoptView(data, state);
  const view = pageOf(rows, state);
  const searching = Boolean((state.find ?? "").trim());
  return [
    rows.length > 20 ? el("div", { class: "rd-tools" }, finder(data, "site", state, redraw)) : null,
    el("table", { role: "table", "aria-label": data.label, class: state.all || searching ? "rd-all" : "" },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" },
        el("th", { scope: "col", role: "columnheader" }, "Site"),
        ...data.feeds.map((feed) => el("th", { scope: "col", role: "columnheader", class: "rd-centre" }, feed)))),
      el("tbody", { role: "rowgroup" }, ...view.shown.map((site) => row(site, data.feeds)))),
    view.found.length ? null : el("p", { class: "rd-left-out" }, "No site has these words in its name."),
    pager(view, data, "site", state, redraw),
    searching ? null : leftOut(view.shown, state, redraw),
  ];
}

export default mount(build);
