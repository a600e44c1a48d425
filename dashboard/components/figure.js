// A Plotly figure that stays where it stands while its numbers change, and is drawn once it comes
// near the window. Streamlit's own chart is made anew whenever its figure is another, all of them at
// once, which was most of what a reader waited for after a choice.

// How far from the window a figure is drawn.
const NEAR = "400px";
const CONFIG = { displayModeBar: false, scrollZoom: false, showAxisDragHandles: false, doubleClick: false };
const UNDRAWN = "The chart could not be drawn here. Load the page again; its figures stand below.";

/** Plotly, taken from its file once a page. */
function library(address) {
  window.rdPlotly ??= import(address).then(() => window.Plotly).catch((fault) => {
    window.rdPlotly = undefined;
    throw fault;
  });
  return window.rdPlotly;
}

/** A figure's JSON with the colours of the mode in the place of their stand-ins (dashboard/charts/roles.py). */
function coloured(figure, style) {
  const palette = style.getPropertyValue("--st-chart-categorical-colors").split(",");
  const page = style.getPropertyValue("--st-background-color").trim();
  return figure.replace(/"#0000(\d\d)"/g, (whole, number) => {
    const colour = number === "38" ? page : palette[number - 1]?.trim();
    return colour ? `"${colour}"` : whole;
  });
}

function dressed(state) {
  const { data, layout } = JSON.parse(state.wanted);
  layout.font.family = state.font;
  layout.width = state.width;
  return [data, layout];
}

/** Takes away what stands out of sight and is of another question or width: nobody is to see it. */
function clear(state) {
  state.drawn = null;
  if (!state.plot.on) return;
  window.Plotly.purge(state.plot);
  state.plot.replaceChildren();
}

/** Draws what is wanted, in the width that there is, unless it stands there or nobody would see it. */
async function draw(state) {
  const { root, plot } = state;
  state.width = state.paper ? printed(root) : root.clientWidth;
  const wanted = `${state.width} ${state.font} ${state.wanted}`;
  if (!state.width || state.drawn === wanted) return;
  if (!state.near && !state.paper) return clear(state);
  state.drawn = wanted;
  try {
    const Plotly = window.Plotly ?? (await library(state.library));
    if (state.drawn !== wanted || !root.isConnected) return;
    const first = !plot.on;
    if (first) plot.replaceChildren();
    const done = Plotly.react(plot, ...dressed(state), CONFIG);
    if (first) follows(plot);
    await done;
  } catch (fault) {
    state.drawn = null;
    console.error(fault);
    if (!plot.on) plot.replaceChildren(el("p", { class: "rd-muted" }, UNDRAWN));
  }
  root.removeAttribute("aria-busy");
}

/** What a place needs to draw its figure: whether it is near, how wide it is, whether it is printed. */
function begun(root) {
  const plot = el("div", { class: "rd-plot" });
  const state = { root, plot };
  root.replaceChildren(plot);
  root.setAttribute("aria-busy", "true");
  const near = new IntersectionObserver((seen) => {
    state.near = seen[seen.length - 1].isIntersecting;
    if (!state.near) root.removeAttribute("aria-busy");
    draw(state);
  }, { rootMargin: NEAR });
  const sized = new ResizeObserver(() => draw(state));
  near.observe(root);
  sized.observe(root);
  const over = new AbortController();
  for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(event, () => {
      state.paper = paper;
      draw(state);
    }, { signal: over.signal });
  }
  state.end = () => {
    near.disconnect();
    sized.disconnect();
    over.abort();
    window.Plotly?.purge(plot);
  };
  return state;
}

export default ({ parentElement, data }) => {
  const root = parentElement.querySelector(".rd-root");
  const state = (root.rdFigure ??= begun(root));
  const style = getComputedStyle(root);
  const wanted = coloured(data.figure, style);
  Object.assign(state, { library: data.library, font: style.fontFamily });
  root.style.height = `${data.height}px`;
  root.setAttribute("role", "figure");
  root.setAttribute("aria-label", data.alt);
  if (state.near && state.wanted !== wanted) root.setAttribute("aria-busy", "true");
  state.wanted = wanted;
  draw(state);
  // On paper there is no time to wait for it.
  requestIdleCallback(() => library(data.library).catch(() => {}));
  // Streamlit calls this too for a run that another one overtook: then the place goes on.
  return () => setTimeout(() => root.isConnected || state.end());
};
