"""JSON from outside, converted to types: invalid data is refused, naming file and field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from benchmarks.results.regular_file import read_regular

MAX_BYTES = 256 * 1024**2
"""Limit of a saved run's file; a full grid with five seeds takes about 1 MiB."""

T = TypeVar("T")


class RunRefused(Exception):
    """A run that cannot be read, found or used; the message names file and field, and what to do."""


def read_json(path: Path) -> Any:
    """Read a file of JSON.

    Raises:
        RunRefused: The file is missing, not a regular file, too large or not JSON (NaN and Infinity are not).

    """
    try:
        return json.loads(
            read_regular(path, "a saved run", MAX_BYTES), parse_constant=_no_constant, parse_float=_finite
        )
    except OSError as error:
        raise RunRefused(f"{path}: cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise RunRefused(f"{path}: nested too deeply for a saved run") from None
    except json.JSONDecodeError as error:
        raise RunRefused(
            f"{path}: invalid or truncated JSON ({error}); was the run interrupted while saving?"
        ) from None
    except ValueError as error:
        raise RunRefused(f"{path}: invalid JSON ({error})") from None


def convert(data: object, kind: type[T], where: str, *, raw: Collection[str] = ()) -> T:
    """Convert JSON data to a msgspec type.

    At the top level null counts as absent, and 12.0, which some tools write, as an integer.

    Args:
        data: What JSON gave; must be an object.
        kind: A msgspec.Struct.
        where: What messages call the object: file and place.
        raw: Fields whose values are kept as they are.

    Raises:
        RunRefused: A field is missing, has another type or is out of range.

    """
    if not isinstance(data, dict):
        raise RunRefused(f"{where}: expected a JSON object, found {quoted(data)}")
    try:
        given = {
            key: value if key in raw else _as_integers(value)
            for key, value in data.items()
            if value is not None
        }
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise RunRefused(f"{where}: {_explained(str(error), given)}") from None
    except RecursionError:
        raise RunRefused(f"{where}: nested too deeply for a saved run") from None


def strings(data: Mapping[str, Any], prefix: str = "", depth: int = 2) -> dict[str, str]:
    """Return names and numbers of nested objects as one flat mapping: `cpu.count`; anything else is left out."""
    flat: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(value, dict) and depth > 1:
            flat |= strings(value, f"{prefix}{key}.", depth - 1)
        elif isinstance(value, str | int | float):
            flat[f"{prefix}{key}"] = str(value)
    return flat


def quoted(value: object) -> str:
    """Quote a value in a message, cut to 60 characters."""
    text = ascii(value)  # control characters of a hostile file do not reach the terminal
    return text if len(text) <= 60 else f"{text[:57]}..."


def _as_integers(value: object) -> object:
    """Return the value with 12.0 as 12, at any depth."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_as_integers(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_integers(item) for key, item in value.items()}
    return value


def _explained(message: str, data: Mapping[str, Any]) -> str:
    """Turn msgspec's message into one that names the field and what was received."""
    if missing := re.search(r"missing required field `([^`]+)`", message):
        return f"'{missing[1]}' is missing; was this run saved by this suite?"
    expected, _, path = message.partition(" - at `$")
    steps = re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", path)
    value: Any = data
    for key, index in steps:
        try:
            value = value[key] if key else value[int(index)]
        except (KeyError, IndexError, TypeError):
            break
    name = "".join(f".{key}" if key else f"[{index}]" for key, index in steps).lstrip(".")
    hint = expected[:1].lower() + expected[1:].replace("`", "")
    return f"'{name}' is {quoted(value)}; {hint}" if name else hint


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number
