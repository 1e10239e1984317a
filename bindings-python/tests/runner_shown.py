"""How what came of a request looks when it is printed, and what pickles hold: what the protocol's `show` asks for."""

from __future__ import annotations

import logging
import os
import pickle
import traceback
from typing import Any

import druva

_PACKAGE = os.path.dirname(druva.__file__)

# A call's own arguments and pages stand in the frames of the call, those of a client in the frame that makes it; they are
# the caller's, who has them as well.
_CALLERS = ("arguments", "body", "page")

_printed: list[str] = []
_whole: list[str] = []


def start_logging() -> None:
    """Whatever any library here says, to standard error."""
    logging.basicConfig(level=1)


def thing(it: object) -> None:
    """A client, an answer or a list."""
    _printed.append(f"{it!r} {it} {it:}")
    if not isinstance(it, druva.Response):
        # What an answer holds is the program's to pickle.
        _pickle(it)


def error(it: BaseException) -> None:
    """An exception with its causes, its traceback and the variables of this package's frames."""
    _printed.append(f"{it!r} {it} {it.args}")
    _printed.extend(traceback.format_exception(it))
    seen: BaseException | None = it
    chain: list[BaseException] = []
    while seen is not None and seen not in chain:
        # What was raised from its own cause goes in a circle.
        chain.append(seen)
        _whole.append(repr(vars(seen)))
        _pickle(seen)
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            code = frame.f_code
            ours = os.path.relpath(code.co_filename, _PACKAGE)
            if not ours.startswith(("..", "api")) and code.co_name != "__init__":
                variables = {k: v for k, v in frame.f_locals.items() if k not in _CALLERS}
                _printed.append(f"{code.co_name}: {variables}")
        seen = seen.__cause__ or seen.__context__


def taken() -> dict[str, Any]:
    """Everything since the last time."""
    shown = {"shown": "\n".join(_printed), "whole": "\n".join(_whole)}
    _printed.clear()
    _whole.clear()
    return shown


def _pickle(it: object) -> None:
    try:
        _whole.append(pickle.dumps(it).decode("latin-1"))
    except (TypeError, AttributeError, pickle.PicklingError) as refused:
        _printed.append(str(refused))
