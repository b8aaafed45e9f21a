"""The restricted unpickler of CIFAR's batches: a hostile pickle calls nothing, and fills no memory."""

import io
import math
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from datasets._contract import DataRefused, Images

_OPCODES_PER_IMAGE = 20
"""Protocol 0 takes 14 for an image of CIFAR-100: ten for its file name, two for either label."""
_FURTHER_OPCODES = 1000
_REFUSED = {
    pickle.BYTEARRAY8[0]: "a bytearray",  # would get as much memory as the file claims
    pickle.EMPTY_SET[0]: "a set",  # hashes its items, as the next two do
    pickle.ADDITEMS[0]: "a set",
    pickle.FROZENSET[0]: "a set",
}
"""Opcodes that no batch needs, and what they make."""
_KEYS = {
    pickle.SETITEM[0]: slice(-2, -1),
    pickle.SETITEMS[0]: slice(None, None, 2),  # the stack since the mark holds keys and values in turn
    pickle.DICT[0]: slice(None, None, 2),
}
"""Opcodes that fill dictionaries, and where the keys are on the stack."""


def read_pickle(data: bytes, images: int) -> object:
    """Unpickle a batch; its arrays come as PickledArray, which checks them before NumPy sees them.

    Args:
        data: The file.
        images: How many it holds, which bounds the objects that are made.

    Raises:
        DataRefused: The pickle asks for anything that no batch needs.
    """
    return _BatchUnpickler(data, images).load()


class PickledArray:
    """Stands in for numpy.ndarray: keeps a pickled array's state, to be checked before NumPy sees it."""

    def __setstate__(self, state: tuple[int, object, "_PickledType", bool, object]) -> None:
        _version, self.shape, self.type, self.fortran, self.data = state

    def uint8(self, expected: tuple[int, int]) -> Images:
        if not isinstance(self.type, _PickledType) or self.type.code not in (b"u1", "u1") or self.fortran:
            raise DataRefused("'data' is not an array of uint8 in C order.")
        if self.shape != expected or not isinstance(self.data, bytes):
            # Shown as far as it is plain: tuples in tuples may take gigabytes to write.
            shape = f"the shape {self.shape}" if _is_shape(self.shape) else "no shape"
            raise DataRefused(f"'data' has {shape}, expected {expected}.")
        if len(self.data) != math.prod(expected):
            raise DataRefused(f"'data' holds {len(self.data):,} bytes, expected {math.prod(expected):,}.")
        return np.frombuffer(self.data, np.uint8).reshape(expected)


def _is_shape(value: object) -> bool:
    return isinstance(value, tuple) and len(value) < 10 and all(type(size) is int for size in value)


class _PickledType:
    """Stands in for numpy.dtype."""

    def __init__(self, code: object = None, _align: object = False, _copy: object = True) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Ignore byte order and the like, which single bytes lack."""


def _reconstruct(_kind: object, _shape: object, _code: object) -> PickledArray:
    return PickledArray()


def _checking_keys(load: Callable[[Any], None], keys: slice) -> Callable[[Any], None]:
    """Check the keys before `load` hashes them: Python hashes nested tuples without a recursion limit, and would crash."""

    def check_and_load(unpickler: Any) -> None:
        for key in unpickler.stack[keys]:
            if not isinstance(key, bytes | str):
                raise DataRefused(
                    f"its pickle has a key of type {type(key).__name__}, expected bytes or str."
                )
        load(unpickler)

    return check_and_load


class _Opcodes(dict[int, Callable[[Any], None]]):
    """Opcodes and their loaders, limited to as many as a batch needs, since each may make an object."""

    def __init__(self, images: int) -> None:
        loaders = pickle._Unpickler.dispatch  # type: ignore[attr-defined, unused-ignore]
        checking = {opcode: _checking_keys(loaders[opcode], keys) for opcode, keys in _KEYS.items()}
        super().__init__(loaders | checking)
        self._most = self._left = _OPCODES_PER_IMAGE * images + _FURTHER_OPCODES

    def __getitem__(self, opcode: int) -> Callable[[Any], None]:
        if opcode in _REFUSED:
            raise DataRefused(
                f"its pickle holds {_REFUSED[opcode]}, expected the lists and bytes of a CIFAR batch."
            )
        self._left -= 1
        if self._left < 0:
            raise DataRefused(f"its pickle has more than {self._most:,} opcodes, too many for a batch.")
        return super().__getitem__(opcode)


class _BatchUnpickler(pickle._Unpickler):  # type: ignore[name-defined, misc, unused-ignore]
    """Admits what CIFAR's batches need, each as a harmless replacement from this module, and nothing else.

    The pure-Python unpickler, because the C one sizes its memo by the largest index that a file names.
    """

    def __init__(self, data: bytes, images: int) -> None:
        super().__init__(io.BytesIO(data), encoding="bytes")
        self.dispatch = _Opcodes(images)  # type: ignore[misc, unused-ignore]
        self._size = self._left = len(data)

    _admitted: ClassVar[dict[tuple[str, str], Callable[..., object]]] = {
        ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
        ("numpy", "ndarray"): PickledArray,
        ("numpy", "dtype"): _PickledType,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return self._encode
        try:
            return self._admitted[module, name]
        except KeyError:
            asked = f"{module}.{name}"[:80]
            raise DataRefused(
                f"its pickle asks for {asked}, which no CIFAR batch needs: never unpickle it."
            ) from None

    def _encode(self, text: str, encoding: str) -> bytes:
        """Decode bytes as Python 3 writes them in protocol 2; all texts together are no longer than the file."""
        if encoding != "latin1":
            asked = f"the codec {encoding[:80]!r}" if isinstance(encoding, str) else "no codec"
            raise DataRefused(f"its pickle asks for {asked}, expected 'latin1'.")
        self._left -= len(text)
        if self._left < 0:
            raise DataRefused(
                f"its pickle makes more bytes than the {self._size:,} it has, as no batch does."
            )
        return text.encode("latin1")
