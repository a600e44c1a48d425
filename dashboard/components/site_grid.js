// Sites by measures: value, spark, variation, assurance. On the phone one block a site.

/** The rows in the chosen order; "given" is the order they came in, worst first. */
function ordered(rows, state) {
  const by = state.by ?? "given";
  if (by === "given") return rows;
  const key = by === "site" ? (row) => row.find : (row) => row.cells[Number(by)].sort ?? null;
  const way = state.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return x < y ? -way : x > y ? way : 0;
  });
}

/** The order as the address has it: "overtime" falls, "-overtime" rises, "site" rises. */
function orderName(data, state) {
  if (state.by === undefined) return "";
  const falls = state.by !== "site";
  const name = falls ? data.measures[Number(state.by)].name : "site";
  return state.down === falls ? name : `-${name}`;
}

/** Takes over the order that the address has, where it is another than the last time. */
function adoptOrder(data, state) {
  if (state.seen === data) return;
  state.seen = data;
  const name = data.order.replace(/^-/, "");
  const at = name ? data.measures.findIndex((measure) => measure.name === name) : -1;
  state.by = name === "site" ? "site" : at < 0 ? undefined : String(at);
  state.down = (state.by !== "site") !== data.order.startsWith("-");
}

/** Redraws in the order just chosen, and writes it into the address. */
function reorder(data, state, redraw) {
  redraw();
  if (data.parameter) note({ [data.parameter]: orderName(data, state), ...viewChoices(data, state) });
}

/** A heading that sorts: measures fall first, names rise first, the third click restores. */
function heading(by, label, unit, data, state, redraw) {
  const falls = by !== "site";
  const active = state.by === by;
  const sort = active ? (state.down ? "descending" : "ascending") : "none";
  const turn = () => {
    if (!active) [state.by, state.down] = [by, falls];
    else if (state.down === falls) state.down = !falls;
    else state.by = undefined;
    state.page = 0;
    reorder(data, state, redraw);
  };
  return el("th", { scope: "col", role: "columnheader", "aria-sort": sort },
    el("button", { type: "button", class: "rd-sort", "data-rd": `sort-${by}`, onclick: turn },
      el("span", { class: "rd-sort-label" }, label,
        el("span", { class: "rd-arrow", "aria-hidden": "true" }, active ? (state.down ? "↓" : "↑") : "")),
      unit ? el("span", { class: "rd-unit" }, unit) : null));
}

/** Whether the last value lies outside its usual range. */
function unusual(data) {
  return Boolean(data.v) && data.v !== "common_cause";
}

/** Whether a cell has a value only, without marks. */
function bare(data) {
  return !data.spark && !data.v && !data.a;
}

/** Where a cell leads: its own address, or the measure's with the site's code at its end. */
function leads(data, measure, code) {
  if (data.href) return data.href;
  return measure.number && code && !data.muted ? measure.number + encodeURIComponent(code) : null;
}

function cell(data, measure, at, words, code) {
  const tone = toneOf(data.v);
  const plain = bare(data);
  const names = ["rd-cell", unusual(data) ? "" : "rd-usual", data.muted ? "rd-muted" : ""];
  return el("td", { role: "cell", class: names.join(" ") },
    el("span", { class: "rd-measure" }, measure.unit ? `${measure.label}, ${measure.unit}` : measure.label),
    linked(leads(data, measure, code), { class: "rd-figures" },
      el("span", {
        class: tone === "concern" ? "rd-value rd-concern" : "rd-value",
        style: data.muted && data.value.length > 4 ? null : `min-width:var(--w${at})`,
      }, data.value),
      plain ? null : sparkline(data.spark, tone),
      plain ? null : el("span", { class: "rd-icons" }, mark(data.v, words), mark(data.a, words)),
      data.note && plain ? el("span", { class: "rd-note" }, data.note) : null),
    data.note && !plain ? el("span", { class: "rd-note" }, data.note) : null);
}

function row(site, data) {
  const quiet = !site.cells.some(unusual);
  return el("tr", { role: "row", class: quiet ? "rd-quiet" : "" },
    el("th", { scope: "row", role: "rowheader", class: "rd-site" },
      linked(site.href, { class: "rd-site-link rd-row-link" }, site.name),
      site.kind ? el("span", { class: "rd-kind" }, site.kind) : null),
    ...site.cells.map((each, i) => cell(each, data.measures[i], i, data.words, site.code)));
}

function legend(rows, words) {
  const seen = new Set(rows.flatMap((site) => site.cells.flatMap((each) => [each.v, each.a])));
  const shown = Object.keys(DRAWN).filter((kind) => seen.has(kind));
  const order = ["concern", "improvement", "neutral", "common", "consistent_fail", "inconsistent", "consistent_pass"];
  shown.sort((a, b) => order.findIndex((o) => a.startsWith(o)) - order.findIndex((o) => b.startsWith(o)));
  return el("ul", { class: "rd-key", "aria-label": "Key" },
    ...shown.map((kind) => {
      const icon = mark(kind, words, 16);
      icon.setAttribute("aria-hidden", "true");
      icon.removeAttribute("role");
      icon.removeAttribute("aria-label");
      return el("li", {}, icon, el("span", {}, words[kind]));
    }));
}

/** The order as a list to choose from, for the phone, where there are no headings to tap. */
function chooser(data, state, redraw) {
  const options = [["given", "Worst first"], ["site", "By name"],
    ...data.measures.map((m, i) => [String(i), `${m.label}, highest first`])];
  const chosen = state.by ?? "given";
  const choose = (event) => {
    state.by = event.target.value === "given" ? undefined : event.target.value;
    state.down = state.by !== "site";
    state.page = 0;
    reorder(data, state, redraw);
  };
  return el("select", { class: "rd-order rd-narrow", "aria-label": "Order of sites", "data-rd": "order", onchange: choose },
    ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)));
}

function leftOut(view, state, redraw) {
  const quiet = view.shown.filter((site) => !site.cells.some(unusual)).length;
  const label = state.all ? "Show only what is unusual" : quiet ? "Show all" : "Show all measures";
  const toggle = action("all", label, () => {
    state.all = !state.all;
    redraw();
  });
  const words = quiet === 1
    ? "1 site shows nothing unusual and is left out here. "
    : `${quiet} sites show nothing unusual and are left out here. `;
  return el("p", { class: "rd-left-out rd-narrow" }, state.all || !quiet ? null : words, toggle);
}

/** The sites with their icons by name, and the words by which they are found. */
function sites(data, state) {
  if (state.packed === data) return state.rows;
  const kinds = Object.keys(data.words);
  for (const site of rowsOf(data, state)) {
    site.find = `${site.name} ${site.kind ?? ""}`.toLowerCase();
    for (const each of site.cells) {
      each.v = kinds[each.v];
      each.a = kinds[each.a];
    }
  }
  return state.rows;
}

function build(data, state, redraw) {
  adoptOrder(data, state);
  adoptView(data, state);
  const rows = sites(data, state);
  const view = pageOf(ordered(rows, state), state);
  const searching = Boolean((state.find ?? "").trim());
  const head = el("tr", { role: "row" }, heading("site", "Site", "", data, state, redraw),
    ...data.measures.map((m, i) => heading(String(i), m.label, m.unit, data, state, redraw)));
  const longest = data.measures.map((_, i) =>
    Math.max(3, ...rows.map((r) => (bare(r.cells[i]) ? 0 : r.cells[i].value.length))));
  const table = el("table", { role: "table", "aria-label": data.label, class: state.all || searching ? "rd-all" : "" },
    el("colgroup", {}, el("col", { class: "rd-site-col" }), ...data.measures.map(() => el("col"))),
    el("thead", { role: "rowgroup" }, head),
    el("tbody", { role: "rowgroup" }, ...view.shown.map((site) => row(site, data))));
  longest.forEach((chars, i) => table.style.setProperty(`--w${i}`, `${Math.min(chars, 9)}ch`));
  return [
    el("div", { class: "rd-tools" }, data.key ? legend(rows, data.words) : null,
      el("div", { class: "rd-choices" },
        rows.length > 20 ? finder(data, "site", state, redraw) : null, chooser(data, state, redraw))),
    table,
    view.found.length ? null : el("p", { class: "rd-left-out" }, "No site has these words in its name."),
    pager(view, data, "site", state, redraw),
    searching ? null : leftOut(view, state, redraw),
  ];
}

export default mount(build);
