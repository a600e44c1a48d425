"""Chance that behaves: noise that no control chart would call a signal."""

from __future__ import annotations

import zlib

import numpy as np

from pipelines.demo.days import Floats, Ints


def stream(seed: int, *keys: object) -> np.random.Generator:
    """A generator of its own for `keys`, so that one site's story never moves another's figures."""
    text = "/".join(str(key) for key in keys)
    return np.random.default_rng([seed, zlib.crc32(text.encode())])


def quiet(rng: np.random.Generator, months: int, sd: float) -> Floats:
    """Monthly factors around 1, shape (months,), relative standard deviation about `sd`.

    Series that would trip a rule of an XmR chart, or come near it, are drawn again: an unplanted
    site must not raise an alarm by accident.
    """
    best, least = np.ones(months), np.inf
    for _ in range(200):
        draw = rng.uniform(-1.7, 1.7, months)
        draw -= draw.mean()
        unrest = _unrest(draw)
        if unrest < least:
            best, least = draw, unrest
        if unrest == 0:
            break
    return np.asarray(1 + sd * best)


def _unrest(values: Floats) -> float:
    """How far a centred series is from quiet: 0 is quiet with room to spare."""
    moving = np.abs(np.diff(values))
    limit = 2.66 * moving.mean()
    far = np.maximum(np.abs(values) / limit - 0.75, 0).sum()
    side, direction = np.sign(values), np.sign(np.diff(values))
    long_runs = max(0, _longest(side) - 5) + max(0, _longest(direction) - 3)
    near = np.abs(values) > 0.55 * limit
    pairs = (near[:-1] & near[1:] & (side[:-1] == side[1:])).sum()
    split = (near[:-2] & near[2:] & (side[:-2] == side[2:])).sum()
    return float(far + long_runs + pairs + split)


def _longest(signs: Floats) -> int:
    """The length of the longest run of equal values."""
    edges = np.flatnonzero(np.diff(signs)) + 1
    return int(np.diff(np.concatenate(([0], edges, [len(signs)]))).max())


def dither(values: Floats, phase: Floats | float = 0.5) -> Ints:
    """Whole numbers whose running total never strays more than one from that of `values`.

    Rounding each value alone would add noise; carrying the remainder keeps monthly totals true.
    The last axis is time.
    """
    begin = np.broadcast_to(np.asarray(phase), values.shape[:-1])[..., None]
    total = np.floor(np.cumsum(values, axis=-1) + begin)
    return np.diff(total, axis=-1, prepend=np.floor(begin)).astype(np.int64)
