"""A JUnit XML report of its own for each pytest process and attempt, and a mark while it is not complete.

Copy it beside your conftest.py and name it in there:

    pytest_plugins = ["ephemetry_reports"]

Then set EPHEMETRY_REPORTS to a folder. A process that is killed leaves its mark: `ephemetry tests report FOLDER` counts a
lost report, and the run is incomplete.
"""

import os
import time
import uuid
import warnings

import pytest

_MARK = pytest.StashKey()


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
    if not config.option.xmlpath:
        config.option.xmlpath = path


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    path = config.stash.get(_MARK, None)
    if path is None or not os.path.exists(config.option.xmlpath):
        return
    try:
        os.remove(path + ".started")
    except OSError as error:
        warnings.warn(f"EPHEMETRY_REPORTS: the report will count as lost: {error}", stacklevel=1)
