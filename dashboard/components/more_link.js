// A line that leads elsewhere in the app, or several beside each other.

function build(data) {
  return [el("div", { class: "rd-mores" }, ...data.links.map((one) =>
    linked(one.href, { class: "rd-more" }, el("span", {}, one.text), chevron())))];
}

export default mount(build);
