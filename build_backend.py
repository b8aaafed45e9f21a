"""Setuptools for editable installs and source archives; refuses a wheel, which would hold half of the project.

The grid is a folder of files that people add to, and one of its packages is called `datasets`, like another library: it belongs in a
checkout, not in an environment's site-packages.
"""

from typing import NoReturn

from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
)

__all__ = [
    "build_editable", "build_sdist", "build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist",
    "get_requires_for_build_wheel", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel",
]  # fmt: skip


def build_wheel(*_arguments: object, **_named: object) -> NoReturn:
    """Refuse: `pip install .` and `pip wheel .` end here.

    Raises:
        SystemExit: Always.
    """
    raise SystemExit(
        "cnn-benchmarks runs from its checkout and cannot be packed into a wheel:"
        " unpack or clone it and run `pip install -e .` in its folder."
    )


# What installers ask first, so that they end before they look for, or download, any dependency.
get_requires_for_build_wheel = prepare_metadata_for_build_wheel = build_wheel
