"""Chance that behaves: noise that no control chart would call a signal."""

from __future__ import annotations

import zlib

import numpy as np

from pipelines.demo.days import Floats, Ints

DRAWS = 400


def stream(seed: int, *keys: object) -> np.random.Generator:
    """A generator of its own for `keys`, so that one site's story never moves another's figures."""
    text = "/".join(str(key) for key in keys)
    return np.random.default_rng([seed, zlib.crc32(text.encode())])


def quiet(rng: np.random.Generator, months: int, sd: float) -> Floats:
    """Monthly factors around 1, shape (months,), relative standard deviation about `sd`.

    Of many draws the one is taken that stays farthest from every rule of an XmR chart: an
    unplanted site must not raise an alarm by accident.
    """
    draws = rng.uniform(-1.7, 1.7, (DRAWS, months))
    draws -= draws.mean(axis=1, keepdims=True)
    return np.asarray(1 + sd * draws[_unrest(draws).argmin()])


def _unrest(draws: Floats) -> Floats:
    """How near each centred series (a row) is to a signal; 0 is quiet with room to spare."""
    limit = 2.66 * np.abs(np.diff(draws)).mean(axis=1, keepdims=True)
    far = np.maximum(np.abs(draws) / limit - 0.7, 0).sum(axis=1)
    side = np.sign(draws)
    near = np.where(np.abs(draws) > 0.5 * limit, side, 0)
    two_of_three = (np.abs(_windows(near, 3)) >= 2).sum(axis=1)
    shifts = (np.abs(_windows(side, 5)) == 5).sum(axis=1)
    trends = (np.abs(_windows(np.sign(np.diff(draws)), 4)) == 4).sum(axis=1)
    return np.asarray(far + two_of_three + shifts + trends)


def _windows(values: Floats, width: int) -> Floats:
    """Sums over each `width` neighbours of a row."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, width, axis=1).sum(axis=2))


def dither(values: Floats, phase: Floats | float = 0.5) -> Ints:
    """Whole numbers whose running total never strays more than one from that of `values`.

    Rounding each value alone would add noise; carrying the remainder keeps monthly totals true.
    The last axis is time.
    """
    begin = np.broadcast_to(np.asarray(phase), values.shape[:-1])[..., None]
    total = np.floor(np.cumsum(values, axis=-1) + begin)
    return np.asarray(np.diff(total, axis=-1, prepend=np.floor(begin)), dtype=np.int64)
