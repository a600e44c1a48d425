// What needs attention: one ranked sentence a row, each row a link.

/** The sentence with the first mention of the site set off. */
function sentence(text, site) {
  const at = site ? text.indexOf(site) : -1;
  if (at < 0) return [text];
  return [text.slice(0, at), el("strong", {}, site), text.slice(at + site.length)];
}

/** A mark that opens what people noted about the row's number. */
function remark(row, open, turn) {
  if (!row.remarks.length) return null;
  const words = row.remarks.length === 1 ? "Note" : `${row.remarks.length} notes`;
  return el("button", {
    type: "button", class: "rd-remark", "aria-expanded": String(open), title: row.remarks.join("\n"),
    "data-rd": `remark-${row.rank}`, onclick: turn,
  }, bubble(), words);
}

function bubble() {
  return svg("svg", { viewBox: "0 0 16 16", width: 12, height: 12, "aria-hidden": "true" },
    svg("path", { d: "M2 3h12v8H7l-3 3v-3H2z", fill: "none", stroke: "currentColor", "stroke-width": 1.4, "stroke-linejoin": "round" }));
}

function item(row, state, redraw) {
  state.open ??= new Set();
  const open = state.open.has(row.rank);
  const turn = () => {
    if (open) state.open.delete(row.rank);
    else state.open.add(row.rank);
    redraw();
  };
  return el("li", {},
    el("div", { class: "rd-item" },
      el("span", { class: "rd-rank" }, row.rank),
      el("span", { class: "rd-body" },
        linked(row.href, { class: "rd-whole" },
          el("span", { class: "rd-sentence" }, ...sentence(row.sentence, row.site))),
        el("span", { class: "rd-second" }, row.second, remark(row, open, turn)),
        open ? el("span", { class: "rd-remarks" }, ...row.remarks.map((text) => el("span", {}, text))) : null),
      el("span", { class: "rd-money" },
        linked(row.number, { class: "rd-amount rd-figure", ...comesFrom(row.number, row.money) }, row.money),
        row.note ? el("span", { class: "rd-second" }, row.note) : null),
      row.href ? chevron() : el("span", {})));
}

function build(data, state, redraw) {
  return [el("ol", { "aria-label": data.label }, ...data.rows.map((row) => item(row, state, redraw)))];
}

export default mount(build);
