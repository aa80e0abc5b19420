"""A JUnit XML report of its own for each pytest process and attempt, and a mark while it is not complete.

Copy it beside your conftest.py and name it in there:

    pytest_plugins = ["ephemetry_reports"]

Then set EPHEMETRY_REPORTS to a folder. A process that is killed leaves its mark: `ephemetry tests report FOLDER` counts a
lost report, and the run is incomplete.

A report that --junitxml asks for is a copy, of the process that ended last. It is not written into the folder, where it
would count twice.
"""

import datetime
import os
import shutil
import time
import uuid
import warnings

import pytest

_MARK = pytest.StashKey()
_ASKED = pytest.StashKey()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    folder = os.environ.get("EPHEMETRY_REPORTS", "")
    # Workers of pytest-xdist report through the process that started them.
    if folder == "" or hasattr(config, "workerinput"):
        return
    # The time first: attempts of one file are in order.
    name = f"pytest-{time.time_ns()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.xml"
    path = os.path.join(os.path.abspath(folder), name)
    try:
        os.makedirs(folder, exist_ok=True)
        open(path + ".started", "x").close()
    except OSError as error:
        warnings.warn(f"EPHEMETRY_REPORTS: no report is written: {error}", stacklevel=1)
        return
    config.stash[_MARK] = path
    config.stash[_ASKED] = config.option.xmlpath
    # Processes that share a report overwrite it.
    config.option.xmlpath = path


def pytest_sessionstart(session):
    """Tells the version, as runs of another one are not compared, and the start: older versions write it without a zone."""
    if session.config.stash.get(_MARK, None) is None:
        return
    started = datetime.datetime.now(datetime.timezone.utc).isoformat()
    for plugin in session.config.pluginmanager.get_plugins():
        if hasattr(plugin, "add_global_property"):
            plugin.add_global_property("pytest.version", pytest.__version__)
            plugin.add_global_property("pytest.started", started)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    path = config.stash.get(_MARK, None)
    if path is None or not os.path.exists(path):
        return
    try:
        os.remove(path + ".started")
    except OSError as error:
        warnings.warn(f"EPHEMETRY_REPORTS: the report will count as lost: {error}", stacklevel=1)
    asked = config.stash[_ASKED]
    if not asked:
        return
    try:
        _copy(path, os.path.abspath(os.path.expanduser(os.path.expandvars(asked))))
    except OSError as error:
        warnings.warn(f"EPHEMETRY_REPORTS: the report of --junitxml is not written: {error}", stacklevel=1)


def _copy(path, asked):
    """Whole at once: other processes write the same file."""
    folder = os.path.realpath(os.path.dirname(path))
    if os.path.realpath(asked).startswith(folder + os.sep):
        return
    os.makedirs(os.path.dirname(asked), exist_ok=True)
    written = f"{asked}.{os.path.basename(path)}.tmp"
    shutil.copyfile(path, written)
    os.replace(written, asked)
