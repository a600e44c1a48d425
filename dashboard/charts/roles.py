"""The palette by role: figures carry these stand-ins, the browser puts the mode's colours in.

Where a figure is drawn (components/figure.js), #000001 … #000010 are exchanged for the nth of
`chartCategoricalColors` of the active theme, and #000038 for the page's background. So a figure is
the same in light and dark, can be cached, and switches at once. A browser test looks at a drawn
colour in both modes.
"""

INK = "#000001"
CONCERN = "#000002"
IMPROVEMENT = "#000003"
ACCENT = "#000004"
MUTED = "#000005"
LIMIT = "#000006"
BAND = "#000007"
GRID = "#000008"
STRONG_BAND = "#000009"
TEXT = "#000010"
PAGE = "#000038"

ALL = (INK, CONCERN, IMPROVEMENT, ACCENT, MUTED, LIMIT, BAND, GRID, STRONG_BAND, TEXT, PAGE)

# Point types of pipelines.analysis.control.spc.
OF_TYPE = {
    "common_cause": INK,
    "concern": CONCERN,
    "improvement": IMPROVEMENT,
    "neutral_high": INK,
    "neutral_low": INK,
}
