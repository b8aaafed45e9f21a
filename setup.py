"""Let a build that would install half of the project end with one sentence; everything else is in pyproject.toml.

The grid is a folder of files that people add to, and one of its packages is called `datasets`, like another library: it belongs in a
checkout, not in an environment's site-packages.
"""

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel


class RefuseWheel(bdist_wheel):
    """`pip install .` and `pip wheel .` end here; `pip install -e .` does not run it."""

    def run(self) -> None:
        """Refuse.

        Raises:
            SystemExit: Always.
        """
        raise SystemExit(
            "cnn-benchmarks runs from its checkout and cannot be packed into a wheel:"
            " unpack or clone it and run `pip install -e .` in its folder."
        )


setup(cmdclass={"bdist_wheel": RefuseWheel})
