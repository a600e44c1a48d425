// One line that leads elsewhere in the app.

function build(data) {
  return [linked(data.href, { class: "rd-more" }, el("span", {}, data.text), chevron())];
}

export default mount(build);
