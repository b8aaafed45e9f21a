"""The restricted unpickler of CIFAR's batches: a hostile pickle calls nothing."""

import io
import math
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from datasets._contract import DataRefused, Images


def read_pickle(data: bytes) -> object:
    """Unpickle a batch; its arrays come as PickledArray, which checks them before NumPy sees them.

    Raises:
        DataRefused: The pickle asks for anything that no batch needs.
    """
    return _BatchUnpickler(io.BytesIO(data), encoding="bytes").load()


class PickledArray:
    """Stands in for numpy.ndarray: keeps a pickled array's state, to be checked before NumPy sees it."""

    def __setstate__(self, state: tuple[int, object, "_PickledType", bool, object]) -> None:
        _version, self.shape, self.type, self.fortran, self.data = state

    def uint8(self, expected: tuple[int, int]) -> Images:
        if not isinstance(self.type, _PickledType) or self.type.code not in (b"u1", "u1") or self.fortran:
            raise DataRefused("'data' is not an array of uint8 in C order.")
        if self.shape != expected or not isinstance(self.data, bytes):
            raise DataRefused(f"'data' has the shape {self.shape}, expected {expected}.")
        if len(self.data) != math.prod(expected):
            raise DataRefused(f"'data' holds {len(self.data):,} bytes, expected {math.prod(expected):,}.")
        return np.frombuffer(self.data, np.uint8).reshape(expected)


class _PickledType:
    """Stands in for numpy.dtype."""

    def __init__(self, code: object = None, _align: object = False, _copy: object = True) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Byte order and the like, which mean nothing for single bytes."""


def _reconstruct(_kind: object, _shape: object, _code: object) -> PickledArray:
    return PickledArray()


def _encode(text: str, encoding: str) -> bytes:
    """How protocol 2, written by Python 3, says bytes."""
    if encoding != "latin1":
        raise DataRefused(f"its pickle asks for the codec {encoding!r}.")
    return text.encode("latin1")


class _BatchUnpickler(pickle._Unpickler):  # type: ignore[name-defined, misc, unused-ignore]
    """Admits what CIFAR's batches need, each as a harmless replacement from this module, and nothing else.

    The pure-Python unpickler, because the C one sizes its memo by the largest index that a file names.
    """

    _admitted: ClassVar[dict[tuple[str, str], Callable[..., object]]] = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): PickledArray,
        ("numpy", "dtype"): _PickledType,
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._admitted[module, name]
        except KeyError:
            raise DataRefused(
                f"its pickle asks for {module}.{name}, which no batch of CIFAR-10 needs: never unpickle it."
            ) from None
