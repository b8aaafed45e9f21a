"""Run `python -m benchmarks COMMAND`."""

import sys

from benchmarks.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
