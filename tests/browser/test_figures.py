"""Charts are drawn in place as they come near, and never show what was asked before."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import settled, until

# Of every chart: where its top is from the window's, and whether it is drawn.
CHARTS = """() => [...document.querySelectorAll("[role=figure]")].map((n) => {
  return {top: n.getBoundingClientRect().top, drawn: !!n.querySelector(".main-svg")};
})"""
DRAWN_LINES = """n => [...n.querySelectorAll(".scatterlayer .js-line, .bars path")]
  .map((line) => line.getAttribute("d")).join()"""


@pytest.fixture
def app(demo_app: str) -> str:
    return demo_app


def choose(page: Page, label: str, choice: str) -> None:
    page.locator(".st-key-scope button").first.click()
    page.get_by_role("combobox", name=re.compile(rf"\b{label}$")).click()
    page.get_by_role("option", name=choice, exact=True).click()
    page.keyboard.press("Escape")


def test_a_chart_is_drawn_once_it_comes_near(app: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(f"{app}/facilities")
    settled(page)
    charts = page.evaluate(CHARTS)
    assert charts[0]["drawn"]
    far = [at for at, one in enumerate(charts) if one["top"] > 700 + 400]
    assert far
    assert not any(charts[at]["drawn"] for at in far)
    last = page.get_by_role("figure").nth(far[-1])
    assert last.get_attribute("aria-label")  # its words don't wait
    height = last.evaluate("n => n.clientHeight")
    last.scroll_into_view_if_needed()
    expect(last.locator(".main-svg").first).to_be_visible(timeout=30_000)
    assert last.evaluate("n => n.clientHeight") == height > 100  # nothing moves as it comes


def test_another_choice_changes_a_chart_in_its_place(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing")
    settled(page)
    chart = page.get_by_role("figure").first
    chart.evaluate("n => { n.querySelector('.rd-plot').marked = true; }")
    before = chart.evaluate(DRAWN_LINES)
    assert before
    choose(page, "Month", "Sep 2026")
    expect(page).to_have_url(re.compile("month=Sep"), timeout=15_000)
    settled(page)
    assert chart.evaluate("n => n.querySelector('.rd-plot').marked") is True
    assert chart.evaluate(DRAWN_LINES) not in ("", before)


def test_a_chart_out_of_sight_never_shows_what_was_asked_before(app: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(f"{app}/facilities")
    settled(page)
    last = page.get_by_role("figure").last
    last.scroll_into_view_if_needed()
    expect(last.locator(".main-svg").first).to_be_visible(timeout=30_000)
    page.locator("h1").scroll_into_view_if_needed()
    settled(page)
    assert page.evaluate(CHARTS)[-1]["drawn"]
    choose(page, "Month", "Sep 2026")
    expect(page).to_have_url(re.compile("month=Sep"), timeout=15_000)
    settled(page)
    told = page.evaluate(CHARTS)[-1]
    assert told["top"] > 700 + 400
    assert not told["drawn"]
    last.scroll_into_view_if_needed()
    until(page, f"({CHARTS})().at(-1).drawn")
    assert "Sep" in (last.get_attribute("aria-label") or "")


def test_colours_change_with_the_mode_on_an_open_page(app: str, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{app}/staffing")
    settled(page)
    fill = "getComputedStyle(document.querySelector('.rd-plot .main-svg')).backgroundColor"
    light = page.evaluate(fill)
    page.emulate_media(color_scheme="dark")
    until(page, f"{fill} !== '{light}'")
    settled(page)
    assert page.evaluate(fill) == page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )


# The cleanup of a run that another one overtook is called after the next draw.
OVERTAKEN = """async () => {
  const name = performance.getEntriesByType("resource").map((one) => one.name)
    .find((one) => one.includes("/rounds/components/figure."));
  const { default: draw } = await import(name);
  const root = document.querySelector("[role=figure]");
  const { wanted, library } = root.rdFigure;
  const [parentElement, height] = [root.parentElement, root.clientHeight];
  const next = JSON.parse(wanted);
  next.data = next.data.slice(0, 1);
  const first = draw({ parentElement, data: { figure: wanted, height, alt: "one", library } });
  draw({ parentElement, data: { figure: JSON.stringify(next), height, alt: "two", library } });
  first();
  await new Promise((resolve) => setTimeout(resolve, 300));
  return [root.ariaLabel, root.querySelectorAll(".main-svg").length > 0,
          root.querySelector(".rd-plot").data.length];
}"""


def test_a_run_that_another_one_overtook_takes_nothing_away(app: str, page: Page) -> None:
    page.goto(f"{app}/staffing")
    settled(page)
    assert page.evaluate(OVERTAKEN) == ["two", True, 1]
    page.set_viewport_size({"width": 1000, "height": 900})  # what watches its width still does
    until(
        page,
        """(n => n.clientWidth === n.querySelector(".main-svg").width.baseVal.value)(
      document.querySelector("[role=figure]"))""",
    )


def test_where_plotly_does_not_come_the_page_says_so(app: str, page: Page) -> None:
    page.route(re.compile(r"/rounds/components/plotly\."), lambda route: route.abort())
    page.goto(f"{app}/staffing")
    chart = page.get_by_role("figure").first
    expect(chart).to_contain_text("could not be drawn", timeout=30_000)
    expect(page.get_by_role("button", name="See the figures").first).to_be_visible()


def test_all_charts_are_on_paper_and_stay_within_it(app: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 700})
    page.goto(f"{app}/facilities")
    settled(page)
    until(page, "window.Plotly")
    assert not all(one["drawn"] for one in page.evaluate(CHARTS))
    page.evaluate("""addEventListener("beforeprint", () => {
      const body = document.body.clientWidth;
      window.onPaper = [...document.querySelectorAll("[role=figure]")].map((n) =>
        [n.querySelector(".main-svg")?.width.baseVal.value, n.clientWidth, body]);
    })""")
    page.pdf(format="A4")
    charts = page.evaluate("window.onPaper")
    assert len(charts) > 3
    for drawn, wide, body in charts:
        assert drawn == pytest.approx(wide / body * 680, abs=1)  # of what A4 has between margins
    until(
        page,
        """[...document.querySelectorAll("[role=figure]")].every((n) =>
      [n.clientWidth, undefined].includes(n.querySelector(".main-svg")?.width.baseVal.value))""",
    )
