"""What is written instead of signs that an encoding lacks: Windows' older code pages, or a log in ASCII."""

import codecs

from benchmarks.report import palette

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
    "“": '"',
    "”": '"',
    "−": "-",
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    end = error.end
    if lacking[-1] in palette.SIGNS and error.object[end : end + 1] == " ":
        end += 1  # an architecture's mark is left out, as its name says the same
    return "".join("" if sign in palette.SIGNS else _PLAIN.get(sign, "?") for sign in lacking), end


codecs.register_error(REPLACE, _replace)
