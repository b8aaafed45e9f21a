"""JSON from outside, read field by field: whatever does not fit is refused by file and field."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MAX_BYTES = 256 * 1024**2  # a full grid with five seeds takes about 1 MiB
_REQUIRED: Any = object()


class RunRefused(Exception):
    """A run that cannot be read, found or used; the message names file and field, and what to do."""


def read_json(path: Path) -> Any:
    """Read a file of JSON.

    Raises RunRefused for a file that is missing, too large or no JSON (NaN and Infinity are none).
    """
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise RunRefused(f"{path}: {size:,} bytes are more than a saved run has (limit {MAX_BYTES:,})")
        return json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as error:
        raise RunRefused(f"{path}: cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise RunRefused(f"{path}: nested too deeply for a saved run") from None
    except ValueError as error:
        raise RunRefused(
            f"{path}: not a whole JSON file ({error}); was the run interrupted while saving?"
        ) from None


class Fields:
    """Checked access to one JSON object; every complaint names the file and the field."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise RunRefused(f"{where}: expected a JSON object, found {show(data)}")
        self.data, self.where = data, where

    def get(self, key: str, kind: type, default: Any = _REQUIRED) -> Any:
        """Return the value of `key`, of the JSON type `kind`; null counts as absent."""
        value = self.data.get(key)
        if value is None:
            if default is _REQUIRED:
                raise RunRefused(f"{self.where}: '{key}' is missing; was this run saved by this suite?")
            return default
        return _typed(value, kind, f"{self.where}: '{key}'")

    def one_of(self, key: str, choices: Sequence[str], default: Any = _REQUIRED) -> Any:
        value = self.get(key, str, default)
        if value is not default and value not in choices:
            raise RunRefused(f"{self.where}: '{key}' is {show(value)}, expected one of {', '.join(choices)}")
        return value

    def number(self, key: str, low: float, high: float, kind: type = float, default: Any = _REQUIRED) -> Any:
        value = self.get(key, kind, default)
        return value if value is default else within(value, low, high, f"{self.where}: '{key}'")

    def many(
        self, key: str, kind: type, length: int | None = None, *, default: Any = _REQUIRED
    ) -> tuple[Any, ...]:
        """Return a list of `length` values of one kind; null stays None."""
        values = self.get(key, list, default)
        if values is default:
            return ()
        if length is not None and len(values) != length:
            raise RunRefused(
                f"{self.where}: '{key}' holds {len(values)} values, expected one for each of {length} seeds"
            )
        where = f"{self.where}: '{key}'"
        return tuple(None if v is None else _typed(v, kind, f"{where}[{i}]") for i, v in enumerate(values))


def _typed(value: object, kind: type, where: str) -> Any:
    # JSON's true is an int to Python, and 98 is a fine float; 1e999 parses to infinity. 12.0 is a count some
    # tools write.
    if kind is float and type(value) is int:
        value = float(value) if abs(value) < 10**300 else math.inf
    if kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise RunRefused(f"{where} is {show(value)}, expected {_JSON_NAMES[kind]}")
    return value


_JSON_NAMES = {str: "a string", int: "an integer", float: "a finite number", bool: "true or false",
               list: "a list", dict: "an object"}  # fmt: skip


def within(value: float, low: float, high: float, where: str) -> float:
    """Return the value. Raises RunRefused where it is out of range."""
    if not low <= value <= high:
        raise RunRefused(f"{where} is {value}, expected {low:g}..{high:g}")
    return value


def show(value: object) -> str:
    """Quote a value in a message, cut to 60 characters."""
    text = ascii(value)  # control characters of a hostile file do not reach the terminal
    return text if len(text) <= 60 else f"{text[:57]}..."


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
