"""Answers that are kept: one for each question of a build, for all sessions of this process.

It stands in for `st.cache_resource`, which takes 1 to 2 ms to find an answer, for it hashes every
argument by its contents; a page asks for a hundred. Here arguments are compared as they are.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Hashable, Set
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

from dashboard import garbage

P = ParamSpec("P")
T = TypeVar("T")
_caches: list[Callable[[Set[str]], None]] = []


def forget(keys: Set[str]) -> None:
    """Let all answers go that are about readers of these keys: nobody will ask for them again."""
    for dropped in _caches:
        dropped(keys)


def remembered(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the last `most` results of a function of a build and a question.

    The build is told by its reader's `key`, which is another for each viewer's part of it: people
    who may see different things share no answer.

    Arguments must be hashable and given by their place; one whose name begins with an underscore
    is no part of the question, for another argument stands for it. Results are shared: change none.
    An error is not kept. Who asks what is being worked out at the moment waits for it.
    """

    def wrapped(make: Callable[P, T]) -> Callable[P, T]:
        names = list(inspect.signature(make).parameters)
        parts = [at for at, name in enumerate(names) if not name.startswith("_")]
        kept: OrderedDict[tuple[Hashable, ...], T] = OrderedDict()
        making: dict[tuple[Hashable, ...], Lock] = {}
        lock = Lock()

        def dropped(keys: Set[str]) -> None:
            with lock:
                for key in [k for k in kept if any(isinstance(p, str) and p in keys for p in k)]:
                    del kept[key]

        _caches.append(dropped)

        @wraps(make)
        def found(*args: P.args, **kwargs: P.kwargs) -> T:
            if kwargs:
                raise TypeError(f"{make.__name__} takes its arguments by their place")
            key = tuple(args[at] for at in parts)
            with lock:
                if key in kept:
                    kept.move_to_end(key)
                    return kept[key]
                turn = making.setdefault(key, Lock())
            with turn:
                with lock:
                    if key in kept:
                        return kept[key]
                try:
                    result = make(*args)
                    with lock:
                        kept[key] = result
                        garbage.grew()
                        while len(kept) > most:
                            kept.popitem(last=False)
                finally:
                    with lock:
                        making.pop(key, None)
            return result

        return found

    return wrapped
