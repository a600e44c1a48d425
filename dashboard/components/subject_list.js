// Names with a value, a spark and icons: subjects on Overview, key measures on a site.

function item(row, words) {
  const tone = toneOf(row.v);
  return el("li", {},
    el("div", { class: "rd-item" },
      linked(row.href, { class: "rd-body rd-whole" },
        el("span", { class: "rd-name" }, row.name),
        row.second ? el("span", { class: "rd-second" }, row.second) : null),
      el("span", { class: "rd-value" },
        linked(row.number, {
          class: `rd-figure ${row.muted ? "rd-muted" : "rd-strong"}`, ...comesFrom(row.number, row.value),
        }, row.value),
        row.note ? el("span", { class: "rd-second" }, row.note) : null),
      el("span", { class: "rd-line" }, row.spark ? sparkline(row.spark, tone, 72, 24) : null),
      el("span", { class: "rd-icons" }, mark(row.v, words), mark(row.a, words))));
}

function build(data) {
  const icons = Math.max(1, ...data.rows.map((r) => (r.v ? 1 : 0) + (r.a ? 1 : 0)));
  return [el("ul", { "aria-label": data.label, style: `--icons:${icons * 22 - 4}px` }, ...data.rows.map((row) => item(row, data.words)))];
}

export default mount(build);
