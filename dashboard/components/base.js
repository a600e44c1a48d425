// Shared by all components: it stands before each one's own file, as one module.

const SVG = "http://www.w3.org/2000/svg";

/** An element; strings become text nodes, never markup. */
function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** A real link where there is an address, else the same box without one. */
function linked(href, attributes, ...children) {
  if (!href) return el("span", attributes, ...children);
  return el("a", { ...attributes, href, onclick: follow }, ...children);
}

/**
 * Follows a link without loading the app again: the new address is pushed and Streamlit is told
 * as the back button would tell it. Clicks that ask for a new tab or window are left alone.
 */
function follow(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey) return;
  if (event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(new URL(event.currentTarget.href), event.currentTarget);
}

/** Goes to an address of the app; from another page the place that `node` stands in begins anew. */
function go(target, node) {
  if (target.href === location.href) return;
  const elsewhere = target.pathname !== location.pathname;
  history.pushState(null, "", target);
  window.dispatchEvent(new PopStateEvent("popstate"));
  if (elsewhere) toTop(node);
}

/** Writes choices of the reader into the address, as one step to go back by; nothing takes it out. */
function note(choices) {
  const target = new URL(location.href);
  for (const [name, value] of Object.entries(choices)) {
    if (value) target.searchParams.set(name, value);
    else target.searchParams.delete(name);
  }
  go(target);
}

/** Scrolls whatever holds the page to its top. */
function toTop(node) {
  for (let at = node; at; at = at.parentNode ?? at.host) {
    if (at.scrollTop > 0) at.scrollTop = 0;
  }
}

/** So many rows of what was written as columns (see packed.py). */
function unpacked(columns, count) {
  const rows = Array.from({ length: count }, () => ({}));
  for (const [name, column] of Object.entries(columns)) {
    const set = (row, value) => { if (value !== null) rows[row][name] = value; };
    if (Array.isArray(column)) column.forEach((value, row) => set(row, value));
    else if (column.of) column.is.forEach((which, row) => set(row, column.of[which]));
    else column.at.forEach((row, n) => set(row, column.is[n]));
  }
  return rows;
}

/** The rows of a packed table with their cells, made once for the same data. */
function rowsOf(data, state) {
  if (state.packed !== data) {
    const columns = data.cells.map((column) => unpacked(column, data.count));
    state.packed = data;
    state.rows = unpacked(data.rows, data.count);
    state.rows.forEach((row, at) => { row.cells = columns.map((column) => column[at]); });
  }
  return state.rows;
}

/**
 * The component function for `build(data, state, redraw)`, which returns nodes. State (order,
 * page, what is folded out) lives as long as the component; same data draw nothing anew.
 */
function mount(build) {
  return ({ parentElement, data }) => {
    const root = parentElement.querySelector(".rd-root");
    const text = JSON.stringify(data);
    if (root.rdText === text) return;
    root.rdText = text;
    root.rdState ??= { host: root };
    const redraw = () => {
      const focused = root.getRootNode().activeElement?.dataset?.rd;
      root.replaceChildren(...build(data, root.rdState, redraw).filter(Boolean));
      if (focused) root.querySelector(`[data-rd="${CSS.escape(focused)}"]`)?.focus();
    };
    redraw();
  };
}

function caret(up, colour) {
  const points = up ? "6,12.6 10,6.6 14,12.6" : "6,7.4 10,13.4 14,7.4";
  return svg("polyline", {
    points, fill: "none", stroke: colour, "stroke-width": 2,
    "stroke-linecap": "round", "stroke-linejoin": "round",
  });
}

const PAGE = "var(--st-background-color)";
const CONCERN = "var(--st-orange-color)";
const IMPROVEMENT = "var(--st-blue-color)";
const NEUTRAL = "var(--st-gray-color)";
const INK = "var(--st-text-color)";

function disc(fill, up) {
  return [svg("circle", { cx: 10, cy: 10, r: 9.2, fill }), caret(up, PAGE)];
}

function ring(up) {
  const line = { cx: 10, cy: 10, r: 8.4, fill: "none", stroke: IMPROVEMENT, "stroke-width": 1.8 };
  return [svg("circle", line), caret(up, IMPROVEMENT)];
}

function wave() {
  const line = { fill: "none", stroke: NEUTRAL, "stroke-width": 1.2 };
  return [
    svg("circle", { cx: 10, cy: 10, r: 8.6, ...line }),
    svg("polyline", {
      points: "5,11.2 7.5,8.8 10,11.2 12.5,8.8 15,11.2", ...line,
      "stroke-linecap": "round", "stroke-linejoin": "round",
    }),
  ];
}

function lettered(box, letter, colour) {
  const text = svg("text", {
    x: 10, y: 14.1, "text-anchor": "middle", "font-size": 11.5, "font-weight": 600, fill: colour,
  }, letter);
  return [svg("rect", { x: 1.4, y: 1.4, width: 17.2, height: 17.2, rx: 4, ...box }), text];
}

const DRAWN = {
  common_cause: wave,
  concern_high: () => disc(CONCERN, true),
  concern_low: () => disc(CONCERN, false),
  improvement_high: () => ring(true),
  improvement_low: () => ring(false),
  neutral_high: () => disc(INK, true),
  neutral_low: () => disc(INK, false),
  consistent_fail: () => lettered({ fill: CONCERN }, "F", PAGE),
  consistent_pass: () =>
    lettered({ fill: "none", stroke: IMPROVEMENT, "stroke-width": 1.6 }, "P", IMPROVEMENT),
  inconsistent: () =>
    lettered({ fill: "none", stroke: NEUTRAL, "stroke-width": 1.2, "stroke-dasharray": "2.6 2" }, "?", NEUTRAL),
};
const QUIET = new Set(["common_cause", "inconsistent"]);

/** An icon with its spoken label, or nothing without a kind. */
function mark(kind, spoken, size = 18) {
  if (!kind) return null;
  const words = spoken[kind];
  return svg("svg", {
    class: QUIET.has(kind) ? "rd-icon rd-quiet-icon" : "rd-icon",
    viewBox: "0 0 20 20", width: size, height: size, role: "img", "aria-label": words,
  }, svg("title", {}, words), ...DRAWN[kind]());
}

/** The colour word of a variation: concern, improvement or nothing. */
function toneOf(kind) {
  return kind ? kind.split("_")[0] : "";
}

/** Band and heights (0 to 100) of a spark as it is written: "0z:a9-k", a missing height as "-". */
function shapeOf(text) {
  const [band, points] = text.split(":").map((digits) =>
    [...digits].map((digit) => (digit === "-" ? null : (parseInt(digit, 36) * 100) / 35)));
  return { p: points, b: band.length ? band : null };
}

/** The line, its usual range, and a dot on the last value in the signal's colour. */
function sparkline(text, tone, width = 46, height = 20) {
  const box = { class: "rd-spark", viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" };
  if (!text) return svg("svg", box);
  const shape = shapeOf(text);
  const x = (i) => 3 + ((width - 6) * i) / Math.max(1, shape.p.length - 1);
  const y = (h) => height - 3 - ((height - 6) * h) / 100;
  const parts = [];
  if (shape.b) {
    const top = Math.max(0, y(shape.b[1]));
    const tall = Math.max(2, Math.min(height, y(shape.b[0])) - top);
    parts.push(svg("rect", { x: 0, y: top, width, height: tall, fill: "var(--st-gray-background-color)" }));
  }
  parts.push(svg("path", {
    d: trail(shape.p, x, y), fill: "none", stroke: NEUTRAL, "stroke-width": 1.2,
    "stroke-linejoin": "round", "stroke-linecap": "round",
  }));
  const last = shape.p.length - 1;
  if (shape.p[last] !== null) {
    const fill = { concern: CONCERN, improvement: IMPROVEMENT, neutral: INK }[tone] ?? NEUTRAL;
    parts.push(svg("circle", { cx: x(last), cy: y(shape.p[last]), r: 2.4, fill }));
  }
  return svg("svg", box, ...parts);
}

/** A path that breaks where a value is missing; a lone value is a dot. */
function trail(heights, x, y) {
  let path = "";
  heights.forEach((height, i) => {
    if (height === null) return;
    const open = i > 0 && heights[i - 1] !== null;
    path += `${open ? "L" : "M"}${x(i).toFixed(1)} ${y(height).toFixed(1)}`;
    if (!open && (heights[i + 1] ?? null) === null) path += "h0.1";
  });
  return path;
}

const PAPER = 680;

/** How wide it will be on paper: nothing is laid out anew between the call to print and the print. */
function printed(root) {
  return (root.clientWidth / document.body.clientWidth) * PAPER;
}

/** The chevron at the end of a row that leads somewhere. */
function chevron() {
  return svg("svg", { class: "rd-chevron", viewBox: "0 0 10 16", width: 8, height: 13, "aria-hidden": "true" },
    svg("polyline", { points: "1.5,1.5 8,8 1.5,14.5", fill: "none", stroke: "currentColor", "stroke-width": 1.6,
      "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

/** What a link on a figure says to a screen reader: "$38k, where it comes from". */
function comesFrom(href, figure) {
  return href ? { "aria-label": `${figure}, where it comes from` } : {};
}

/** A button that looks like a link and does something on this page. */
function action(key, words, onclick, attributes) {
  return el("button", { type: "button", class: "rd-action", "data-rd": key, onclick, ...attributes }, words);
}
