// Pages, search and footers of long tables; stands between base.js and the table's own file.

const PAGE_ROWS = 100;
const PAUSE = 700;

/**
 * Takes over words and page from the address, unless they are what was written there from here: on
 * a slow line an answer to earlier words comes while the reader types on.
 */
function adoptView(data, state) {
  const view = data.view;
  if (!view) return;
  state.sent ??= {};
  state.echoes ??= new Set();
  if (view.find === state.sent.find) state.echoes.clear();
  else if (!state.echoes.delete(view.find)) state.find = state.sent.find = view.find;
  if (view.page !== state.sent.page) {
    state.sent.page = view.page;
    state.page = view.page - 1;
  }
}

/** Words and page as they go into the address; the first page and no words are left out. */
function viewChoices(data, state) {
  if (!data.view) return {};
  state.sent = { find: (state.find ?? "").trim(), page: (state.page ?? 0) + 1 };
  return { find: state.sent.find, page: state.sent.page > 1 ? String(state.sent.page) : "" };
}

/** Writes words and page into the address, where they changed. */
function keepView(data, state) {
  if (!data.view) return;
  const before = JSON.stringify(state.sent);
  const earlier = state.sent?.find;
  const choices = viewChoices(data, state);
  if (JSON.stringify(state.sent) === before) return;
  if (earlier !== undefined && earlier !== state.sent.find) state.echoes.add(earlier);
  note(choices);
}

/** The rows of the page that is shown, after the search words were applied. */
function pageOf(rows, state) {
  const words = (state.find ?? "").trim().toLowerCase();
  const found = words ? rows.filter((row) => row.find.includes(words)) : rows;
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  state.page = Math.min(state.page ?? 0, pages - 1);
  const first = state.page * PAGE_ROWS;
  return { found, pages, first, shown: found.slice(first, first + PAGE_ROWS) };
}

/** A search field; it redraws the rows and keeps the words and the cursor. */
function finder(data, noun, state, redraw) {
  const field = el("input", {
    type: "search", class: "rd-find", placeholder: `Find a ${noun}`, "aria-label": `Find a ${noun}`,
    "data-rd": "find", autocomplete: "off", spellcheck: "false",
  });
  field.value = state.find ?? "";
  field.oninput = () => {
    const at = field.selectionStart;
    state.find = field.value;
    state.page = 0;
    redraw();
    state.host.querySelector(".rd-find").setSelectionRange(at, at);
    clearTimeout(state.pause);
    state.pause = setTimeout(() => keepView(data, state), PAUSE);
  };
  return field;
}

/** "1 to 100 of 500 sites" with the buttons to the other pages; nothing where one page holds all. */
function pager(view, data, noun, state, redraw) {
  if (view.pages < 2) return null;
  const turn = (step) => () => {
    state.page += step;
    redraw();
    state.host?.scrollIntoView({ block: "start" });
    keepView(data, state);
  };
  const last = view.first + view.shown.length;
  return el("div", { class: "rd-pager" },
    action("previous", "Previous", turn(-1), { disabled: state.page === 0 }),
    el("span", { "aria-live": "polite" }, `${view.first + 1} to ${last} of ${view.found.length} ${noun}s`),
    action("next", "Next", turn(1), { disabled: state.page === view.pages - 1 }));
}
