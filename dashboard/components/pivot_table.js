// Figures by rows and columns; headings sort by links, the columns scroll under fixed names.

/** Follows a link and shows the page from its top: what was opened stands there. */
function open(event) {
  const node = event.currentTarget;
  follow(event);
  if (event.defaultPrevented) toTop(node);
}

function heading(column, first) {
  const arrow = { ascending: "↑", descending: "↓" }[column.order] ?? "";
  const label = [
    el("span", { class: "rd-sort-label" }, column.label,
      el("span", { class: "rd-arrow", "aria-hidden": "true" }, arrow)),
    column.unit ? el("span", { class: "rd-unit" }, column.unit) : null,
  ];
  const names = [first ? "rd-name" : "rd-figure", column.total ? "rd-all" : ""];
  return el("th", {
    scope: "col", role: "columnheader", class: names.join(" ").trim(),
    "aria-sort": column.order ?? (column.href ? "none" : null),
  }, column.href
    ? el("a", { href: column.href, onclick: follow, class: "rd-sort", "data-rd": `sort-${column.label}` }, ...label)
    : el("span", { class: "rd-sort" }, ...label));
}

/** The address of a figure: that of the table with its row and its column. */
function address(base, row, column) {
  const cell = new URLSearchParams({ row: row.key, col: column.key });
  return `${base}${base.includes("?") ? "&" : "?"}${cell}`;
}

function cell(data, column, row, base) {
  const names = ["rd-figure", column.total ? "rd-all" : "", data.muted ? "rd-none" : ""];
  const text = el("span", { class: "rd-text" }, data.text ?? "");
  const spoken = data.spoken ? el("span", { class: "rd-hidden" }, `, ${data.spoken}`) : null;
  if (data.mark) text.prepend(el("span", { class: "rd-mark", "aria-hidden": "true" }, data.mark));
  return el("td", { role: "cell", class: names.join(" ").trim() },
    data.opens
      ? el("a", { href: address(base, row, column), onclick: open, class: "rd-open" }, text, spoken)
      : [text, spoken],
    data.second ? el("span", { class: "rd-second" }, data.second) : null);
}

function row(data, columns, base) {
  return el("tr", { role: "row", class: data.total ? "rd-total" : "" },
    el("th", { scope: "row", role: "rowheader", class: "rd-name" }, data.name),
    ...data.cells.map((each, i) => cell(each, columns[i], data, base)));
}

/** Fades the end that has more columns behind it, and lets the keyboard scroll only then. */
function watch(box, table, state, end) {
  const settle = () => {
    const over = box.scrollWidth - box.clientWidth;
    box.classList.toggle("rd-more", over > 2 && box.scrollLeft < over - 2);
    box.classList.toggle("rd-before", box.scrollLeft > 2);
    if (over > 2) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", `${table.getAttribute("aria-label")}, scrolls sideways`);
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  };
  box.onscroll = settle;
  let touched = !end;
  for (const event of ["pointerdown", "wheel", "keydown"]) {
    box.addEventListener(event, () => { touched = true; }, { passive: true });
  }
  const grown = () => {
    if (!touched) box.scrollLeft = box.scrollWidth;
    settle();
  };
  state.watch?.disconnect();
  state.watch = new ResizeObserver(grown);
  state.watch.observe(box);
  state.watch.observe(table);
  requestAnimationFrame(grown);
}

function build(data, state) {
  const head = el("tr", { role: "row" }, heading(data.first, true),
    ...data.columns.map((column) => heading(column, false)));
  const table = el("table", { role: "table", "aria-label": data.label },
    el("thead", { role: "rowgroup" }, head),
    el("tbody", { role: "rowgroup" }, ...data.rows.map((each) => row(each, data.columns, data.open))));
  const box = el("div", { class: "rd-box" }, table);
  watch(box, table, state, data.end);
  return [box];
}

export default mount(build);
