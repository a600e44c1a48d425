// A table whose cells came formatted; on the phone each row becomes a block of two lines.

function content(data) {
  const tone = data.tone ? `rd-${data.tone}` : "";
  const short = data.text.length <= 14 ? "rd-short" : "";
  const parts = [el("span", { class: `${tone} ${short}`.trim() }, data.text)];
  if (data.bar !== undefined) {
    const share = Math.max(0, Math.min(1, data.bar));
    const fill = el("span", { class: data.tone === "concern" ? "rd-fill rd-fill-concern" : "rd-fill" });
    fill.style.width = `${Math.max(4, share * 100)}%`;
    parts.push(el("span", { class: "rd-bar", "aria-hidden": "true" }, fill));
  }
  return parts;
}

function cell(data, column, row) {
  const names = `rd-cell rd-${column.align} rd-on-${data.text ? column.phone : "hidden"}`;
  const label = el("span", { class: "rd-label" }, column.label);
  const body = el("span", { class: data.bar === undefined ? "rd-content" : "rd-content rd-with-bar" },
    ...(data.href ? [linked(data.href, { class: "rd-row-link" }, ...content(data))] : content(data)));
  const second = data.second ? el("span", { class: "rd-second" }, data.second) : null;
  const attributes = { class: names, style: column.width ? `width:${column.width}` : null };
  if (column.first) return el("th", { scope: "row", role: "rowheader", ...attributes }, body, second);
  return el("td", { role: "cell", ...attributes }, column.quiet ? null : label, body, second);
}

const CHARACTER = 7.4;
const GAP = 20;
const PHONE = 420;

/** Pixels that the columns need side by side; long text may break after some words. */
function needed(columns, rows) {
  const widths = columns.map((column, i) => {
    const cells = rows.map((row) => row.cells[i]);
    const longest = Math.max(column.label.length, ...cells.map((each) => Math.min(20, each.text.length)));
    return longest * CHARACTER + (cells.some((each) => each.bar !== undefined) ? 80 : 0);
  });
  return widths.reduce((sum, width) => sum + width + GAP, -GAP);
}

/** Stacks the rows on a phone, and wherever the columns don't fit side by side. */
function fit(table, root, need) {
  const stack = (wide) => table.classList.toggle("rd-stacked", wide < Math.max(PHONE, need));
  const onScreen = () => stack(root.clientWidth);
  const onPaper = () => stack(printed(root));
  root.rdWatch?.disconnect();
  root.rdWatch = new ResizeObserver(onScreen);
  root.rdWatch.observe(root);
  root.rdPaper?.abort();
  root.rdPaper = new AbortController();
  const until = { signal: root.rdPaper.signal };
  window.addEventListener("beforeprint", onPaper, until);
  window.addEventListener("afterprint", onScreen, until);
  onScreen();
}

/** A page of a long table's rows as `pageOf` tells it, and the totals that stand below each. */
function longPage(rows, state) {
  for (const row of rows) {
    row.find ??= row.cells.map((each) => `${each.text} ${each.second ?? ""}`).join(" ").toLowerCase();
  }
  const end = rows.findLastIndex((row) => !row.total) + 1;
  return { ...pageOf(rows.slice(0, end), state), totals: rows.slice(end) };
}

function build(data, state, redraw) {
  const rows = rowsOf(data, state);
  const view = rows.length > PAGE_ROWS ? longPage(rows, state) : null;
  const head = el("tr", { role: "row" }, ...data.columns.map((column) =>
    el("th", { scope: "col", role: "columnheader", class: `rd-${column.align}` }, column.label,
      column.unit ? el("span", { class: "rd-unit" }, column.unit) : null)));
  const body = (view ? [...view.shown, ...view.totals] : rows).map((row) =>
    el("tr", { role: "row", class: row.total ? "rd-total" : "" },
      ...row.cells.map((each, i) => cell(each, data.columns[i], row))));
  const table = el("table", { role: "table", "aria-label": data.label },
    el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, ...body));
  fit(table, state.host, needed(data.columns, rows));
  if (!view) return [table];
  return [
    el("div", { class: "rd-tools" }, finder(data, "row", state, redraw)),
    table,
    view.found.length ? null : el("p", { class: "rd-left-out" }, "No row has these words."),
    pager(view, data, "row", state, redraw),
  ];
}

export default mount(build);
