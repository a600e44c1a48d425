"""What if: levers on what drives the cost of the months to come."""
