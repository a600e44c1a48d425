// What needs attention: one ranked sentence a row, each row a link.

/** The sentence with the first mention of the site set off. */
function sentence(text, site) {
  const at = site ? text.indexOf(site) : -1;
  if (at < 0) return [text];
  return [text.slice(0, at), el("strong", {}, site), text.slice(at + site.length)];
}

function item(row) {
  return el("li", {},
    linked(row.href, { class: "rd-item" },
      el("span", { class: "rd-rank" }, row.rank),
      el("span", { class: "rd-body" },
        el("span", { class: "rd-sentence" }, ...sentence(row.sentence, row.site)),
        row.second ? el("span", { class: "rd-second" }, row.second) : null),
      el("span", { class: "rd-money" },
        el("span", { class: "rd-amount" }, row.money),
        row.note ? el("span", { class: "rd-second" }, row.note) : null),
      row.href ? chevron() : el("span", {})));
}

function build(data) {
  return [el("ol", { "aria-label": data.label }, ...data.rows.map(item))];
}

export default mount(build);
