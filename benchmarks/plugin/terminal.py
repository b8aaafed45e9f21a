"""Notices and lines that are printed while tests run, past pytest's capture; no text in them can control the terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from benchmarks.plugin.session import SESSION


def say(config: pytest.Config, line: str) -> None:
    """Print a line at once, past pytest's capture, unless output is quiet."""
    reporter, writer = config.pluginmanager.get_plugin("terminalreporter"), config.get_terminal_writer()
    if reporter is None or config.get_verbosity() < 0:
        return
    with uncaptured(config):
        if config.getoption("dist", "no") == "no":
            reporter.write_ensure_prefix(line, "")  # the next test begins a line of its own
        else:  # xdist prints a row of dots
            if writer.width_of_current_line:
                writer.line()
            writer.line(line)


def notify(config: pytest.Config, message: str) -> None:
    """Print a notice at once, past pytest's capture, and again at the end."""
    message = printable(message)
    session = config.stash[SESSION]
    if not session.add_notice(message):
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        if session.progress is not None:
            session.progress.hide()
        with uncaptured(config):
            reporter.ensure_newline()
            reporter.write_line(message, yellow=True)


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """Return a context in which pytest captures nothing."""
    capture = config.pluginmanager.get_plugin("capturemanager")
    return nullcontext() if capture is None else capture.global_and_fixture_disabled()


def printable(text: object) -> str:
    """Return a notice or an error without control characters: it may quote a worker, a process or a file, which may hold some."""
    from benchmarks.report.format import printable_lines

    return printable_lines(str(text))
