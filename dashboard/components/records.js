// Rows as they are, text left and figures right; wide ones scroll sideways within themselves.

function build(data) {
  const figures = (at) => (data.columns[at].figures ? "rd-figures" : "");
  const head = el("tr", {}, ...data.columns.map((one, at) => el("th", { scope: "col", class: figures(at) }, one.label)));
  const rows = data.rows.map((cells) => el("tr", {}, ...cells.map((cell, at) =>
    el("td", { class: `${figures(at)} ${cell === null ? "rd-none" : ""}` }, cell === null ? "–" : cell))));
  return [el("div", { class: "rd-records", tabindex: 0, role: "region", "aria-label": data.label },
    el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)))];
}

export default mount(build);
