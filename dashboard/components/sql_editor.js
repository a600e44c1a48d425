// A field for SQL that completes names. Everything works by keyboard: Ctrl-Space or two letters list
// names, arrows choose, Tab or Enter take, Escape closes; Tab leaves the field when no list is open.

const SHOWN = 8;
const WORD = /[A-Za-z_][A-Za-z_0-9]*$/;

/** The names that fit before the caret, best first: [{name, kind}]. */
function fitting(data, before, whole) {
  const word = WORD.exec(before)?.[0] ?? "";
  const rest = before.slice(0, before.length - word.length);
  const of = /([A-Za-z_][A-Za-z_0-9]*)\.$/.exec(rest)?.[1];
  const columns = (table) => data.tables[table].map((name) => ({ name, kind: table }));
  const used = Object.keys(data.tables).filter((name) => new RegExp(`\\b${name}\\b`, "i").test(whole));
  let found;
  if (of) {
    const table = meant(data, of, whole);
    found = table ? columns(table) : [];
  } else {
    const tables = Object.keys(data.tables).map((name) => ({ name, kind: "table" }));
    const words = data.words.map((name) => ({ name, kind: "" }));
    const named = used.flatMap(columns);
    found = /\b(from|join|describe|summarize|table)\s+$/i.test(rest)
      ? tables : [...named, ...tables, ...words];
  }
  const seen = new Set();
  const fits = found.filter(({ name }) => {
    const first = !seen.has(name) && name.toLowerCase().startsWith(word.toLowerCase());
    if (first) seen.add(name);
    return first && name !== word;
  });
  return { word, of, fits: fits.slice(0, SHOWN) };
}

/** The table that a name or an alias stands for. */
function meant(data, name, whole) {
  if (data.tables[name.toLowerCase()]) return name.toLowerCase();
  return Object.keys(data.tables).find((table) =>
    new RegExp(`\\b${table}\\s+(as\\s+)?${name}\\b`, "i").test(whole));
}

function quoted(name) {
  return /^[a-z_][a-z_0-9]*$/.test(name) && !["order", "end", "count", "class"].includes(name)
    ? name : `"${name}"`;
}

export default function ({ parentElement, data, setTriggerValue, setStateValue }) {
  const root = parentElement.querySelector(".rd-root");
  let held = root.rdHeld;
  if (!held) {
    held = root.rdHeld = { at: -1, fits: [] };
    held.field = el("textarea", {
      class: "rd-sql", rows: 9, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      "aria-label": data.label, "aria-autocomplete": "list",
      "aria-describedby": "rd-how", placeholder: data.placeholder,
    });
    held.names = el("div", { id: "rd-names", class: "rd-names" });
    held.said = el("span", { class: "rd-hidden", "aria-live": "polite" });
    held.run = el("button", { type: "button", class: "rd-first" }, "Run");
    held.explain = el("button", { type: "button" }, "Explain");
    held.cancel = el("button", { type: "button" }, "Cancel");
    held.how = el("span", { id: "rd-how", class: "rd-muted rd-small" },
      "Ctrl-Enter runs it, Ctrl-Space lists names.");
    root.replaceChildren(held.field, held.names, held.said,
      el("div", { class: "rd-does" }, held.run, held.explain, held.cancel, held.how));
  }
  const { field, names, said } = held;

  if (held.version !== data.version) {
    held.version = data.version;
    field.value = data.text;
    list(false);
  }
  held.run.disabled = held.explain.disabled = data.running;
  held.cancel.disabled = !data.running;

  function list(open) {
    const { word, of, fits } = fitting(data, field.value.slice(0, field.selectionStart), field.value);
    held.fits = open || word.length > 1 || of ? fits : [];
    held.at = held.fits.length ? 0 : -1;
    held.chosen = false;
    draw();
    said.textContent = held.fits.length ? `${held.fits.length} names fit, first ${held.fits[0].name}` : "";
  }

  function draw() {
    names.replaceChildren(...held.fits.map((one, at) => el("span", {
      class: "rd-name", role: "option", id: `rd-name-${at}`, "aria-selected": String(at === held.at),
      onmousedown: (event) => { event.preventDefault(); take(at); },
    }, one.name, el("span", { class: "rd-muted" }, one.kind))));
    const open = held.at >= 0;
    for (const [node, name, value] of [
      [names, "role", "listbox"], [names, "aria-label", "Names that fit"],
      [field, "aria-controls", "rd-names"], [field, "aria-activedescendant", `rd-name-${held.at}`],
    ]) {
      if (open) node.setAttribute(name, value);
      else node.removeAttribute(name);
    }
  }

  function shut() {
    held.fits = [];
    held.at = -1;
    draw();
  }

  function take(at) {
    const end = field.selectionStart;
    const start = end - (WORD.exec(field.value.slice(0, end))?.[0].length ?? 0);
    const name = held.fits[at].kind ? quoted(held.fits[at].name) : held.fits[at].name;
    field.setRangeText(name, start, end, "end");
    shut();
    field.focus();
  }

  function ask(what) {
    if (what !== "cancel" && (data.running || !field.value.trim())) return;
    shut();
    setTriggerValue("asked", { what, text: field.value });
  }

  field.oninput = () => list(false);
  field.onblur = () => {
    shut();
    if (held.told !== field.value) setStateValue("text", held.told = field.value);
  };
  field.onkeydown = (event) => {
    const open = held.fits.length > 0;
    const stop = () => event.preventDefault();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { stop(); ask("run"); }
    else if (event.key === " " && event.ctrlKey) { stop(); list(true); }
    else if (!open) return;
    else if (event.key === "Escape") { stop(); shut(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      stop();
      const step = event.key === "ArrowDown" ? 1 : -1;
      held.at = (held.at + step + held.fits.length) % held.fits.length;
      held.chosen = true;
      draw();
      said.textContent = held.fits[held.at].name;
    } else if ((event.key === "Tab" && !event.shiftKey) || (event.key === "Enter" && held.chosen)) {
      stop();
      take(held.at);
    }
  };
  held.run.onclick = () => ask("run");
  held.explain.onclick = () => ask("explain");
  held.cancel.onclick = () => ask("cancel");
}
