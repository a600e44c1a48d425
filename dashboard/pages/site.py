"""Sites."""

from dashboard import layout


def page() -> None:
    """Draw the page."""
    layout.page_title("Sites")
