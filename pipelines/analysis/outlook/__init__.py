"""The outlook: forecasts chosen by backtest, their ranges, and where the year lands."""
