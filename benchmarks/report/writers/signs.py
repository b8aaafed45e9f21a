"""What is written instead of signs that an encoding lacks: Windows' older code pages, or a log in ASCII."""

import codecs

REPLACE = "cnn-benchmarks-signs"
"""A codec's way to deal with errors, for `errors=`: a run of hours does not fail for a sign."""

_PLAIN = {
    "±": "~",
    "→": "->",
    "–": "-",
    "—": "-",
    "×": "x",
    "≥": ">=",
    "≤": "<=",
    "…": "...",
    "·": "-",
    "’": "'",
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(sign, "?") for sign in lacking), error.end


codecs.register_error(REPLACE, _replace)
