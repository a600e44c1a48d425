// The head of every page: the logo, and the pages as links with the present one marked.

/** Moves the row of links so that the present page can be seen, without moving the page. */
function reveal(list) {
  const here = list.querySelector("[aria-current]");
  if (!here) return;
  const box = list.getBoundingClientRect();
  const place = here.getBoundingClientRect();
  list.scrollLeft += place.left - box.left - (box.width - place.width) / 2;
}

/** Fades the end of the row that has more behind it. */
function fade(list) {
  const over = list.scrollWidth - list.clientWidth;
  list.classList.toggle("rd-more-left", list.scrollLeft > 2);
  list.classList.toggle("rd-more-right", list.scrollLeft < over - 2);
}

/** Puts the scope that one came with into the address of a page whose links don't carry it, so
 *  that a step back to it finds it again. What is there already is left as it is. */
function hold(href) {
  const wanted = new URL(href, location.href);
  const now = new URL(location.href);
  if (wanted.pathname !== now.pathname) return;
  const lost = [...new Set(wanted.searchParams.keys())].filter((name) => !now.searchParams.has(name));
  if (!lost.length) return;
  for (const name of lost) {
    for (const value of wanted.searchParams.getAll(name)) now.searchParams.append(name, value);
  }
  history.replaceState(history.state, "", now);
}

/** Gives the focus to the finding, so that Tab goes on below the row of pages. */
function toFinding(how) {
  const finding = document.querySelector("h1");
  if (!finding) return;
  finding.tabIndex = -1;
  finding.focus(how);
}

/**
 * After a change of page the row that was followed is gone, and the focus with it: the finding
 * takes it once it stands there, which is also when a screen reader says where one is. The old
 * page's finding may still stand for a moment, so it looks again for a few seconds.
 */
function announce(tries = 20) {
  const at = document.activeElement ?? document.body;
  if (!tries || (at !== document.body && at.tagName !== "H1")) return;
  if (at === document.body) toFinding({ preventScroll: true });
  setTimeout(announce, 250, tries - 1);
}

function build(data, state) {
  const path = data.here && new URL(data.here, location.href).pathname;
  if (state.path && path && state.path !== path) setTimeout(announce, 250);
  state.path = path;
  state.here = data.here;
  const still = () => state.here === data.here && hold(data.here);
  if (data.here && data.hold) [0, 250, 1000].forEach((delay) => setTimeout(still, delay));
  const list = el("ul", { class: "rd-pages" }, ...data.pages.map((page) =>
    el("li", {}, linked(page.href, {
      class: page.current ? "rd-page rd-here" : "rd-page",
      "aria-current": page.current ? "page" : null,
      "data-rd": page.href,
    }, page.title))));
  list.onscroll = () => fade(list);
  const settle = () => {
    reveal(list);
    fade(list);
  };
  requestAnimationFrame(settle);
  document.fonts?.ready.then(settle);
  return [el("div", { class: "rd-head" },
    el("button", { type: "button", class: "rd-skip", onclick: () => toFinding() }, "Skip to the finding"),
    linked(data.home, { class: "rd-home", "aria-label": "Rounds, first page" }, logo(data.logo)),
    el("nav", { "aria-label": "Pages" }, list),
    account(data.account))];
}

/** Who is signed in, and the way out: a form, since no link may end a session. */
function account(who) {
  if (!who) return null;
  const menu = el("details", { class: "rd-account" },
    el("summary", {}, who.name),
    el("form", { class: "rd-menu", method: "post", action: who.sign_out },
      el("p", {}, `Signed in as ${who.login}`),
      el("button", { type: "submit" }, "Sign out")));
  menu.onkeydown = (event) => {
    if (event.key === "Escape") menu.open = false;
  };
  menu.onfocusout = (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  };
  return menu;
}

/** The logo as drawn in static/logo.svg; its mark stands alone in a narrow place. */
function logo(shapes) {
  const draw = (shape) => svg(shape.tag, { ...shape.attributes });
  return [
    svg("svg", { class: "rd-logo", viewBox: "0 0 108 28", width: 108, height: 28, "aria-hidden": "true" }, ...shapes.map(draw)),
    svg("svg", { class: "rd-mark", viewBox: "1 2 24 24", width: 26, height: 26, "aria-hidden": "true" }, ...shapes.slice(0, 2).map(draw)),
  ];
}

export default mount(build);
